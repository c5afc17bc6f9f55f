package io.holdfast.compute.agent;

import static io.holdfast.compute.agent.AgentFixtures.instance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.agent.GuestLedger.Page;
import io.holdfast.model.Generation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestLedgerTest {

    private static final Generation FIRST = Generation.of(1);
    private static final Page PAGE = new Page(
            FIRST,
            List.of(Instant.ofEpochMilli(5), Instant.ofEpochMilli(9)),
            new GuestIncident(
                    9, GuestFailure.PANICKED, GuestResponse.RESTARTED, 2, "its guest ended", Instant.ofEpochMilli(9)),
            "boot-1");

    @TempDir
    Path directory;

    @Test
    void whatWasWrittenIsReadByTheNextAgentAndNotAtAnotherGeneration() throws IOException {
        new GuestLedger(directory.resolve("new")).write(instance(1), PAGE);

        GuestLedger next = new GuestLedger(directory.resolve("new"));
        assertThat(next.page(instance(1), FIRST)).isEqualTo(PAGE);
        assertThat(next.page(instance(1), FIRST.next())).isEqualTo(Page.clean(FIRST.next()));
        assertThat(next.page(instance(2), FIRST)).isEqualTo(Page.clean(FIRST));
    }

    @Test
    void whatCannotBeWrittenIsThrownAndThePageStaysAsItWas() throws IOException {
        GuestLedger ledger = new GuestLedger(directory);
        ledger.write(instance(1), PAGE);
        Files.createDirectory(directory.resolve(instance(1) + ".new"));

        assertThatThrownBy(() -> ledger.write(instance(1), Page.clean(FIRST))).isInstanceOf(IOException.class);

        assertThat(ledger.page(instance(1), FIRST)).isEqualTo(PAGE);
        assertThat(new GuestLedger(directory).page(instance(1), FIRST)).isEqualTo(PAGE);
    }

    @Test
    void aPageThatCannotBeReadCountsAsNone() throws IOException {
        Files.writeString(directory.resolve(instance(1).toString()), "{\"generation\":1,\"restarts\":[5");
        Files.writeString(directory.resolve(instance(2).toString()), "{\"generation\":-1,\"restarts\":null}");
        Files.writeString(
                directory.resolve(instance(3).toString()),
                "{\"generation\":1,\"restarts\":[],\"last\":{\"failure\":\"LATER\"}}");
        GuestLedger ledger = new GuestLedger(directory);
        for (int i = 1; i <= 3; i++) {
            assertThat(ledger.page(instance(i), FIRST)).isEqualTo(Page.clean(FIRST));
        }
    }

    @Test
    void pagesOfGuestsThatAreGoneAreRemoved() throws IOException {
        GuestLedger ledger = new GuestLedger(directory);
        ledger.retain(Set.of(instance(1)));
        ledger.write(instance(1), PAGE);
        ledger.write(instance(2), PAGE);
        Files.writeString(directory.resolve(instance(3) + ".new"), "half");

        ledger.retain(Set.of(instance(1)));

        assertThat(directory.toFile().list()).containsExactly(instance(1).toString());
        assertThat(ledger.page(instance(2), FIRST).last()).isNull();
        assertThat(ledger.page(instance(1), FIRST)).isEqualTo(PAGE);
    }
}
