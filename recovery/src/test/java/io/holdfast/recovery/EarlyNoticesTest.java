package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What membership's last word says of a host. */
class EarlyNoticesTest {

    private static final HostId H1 = HostId.of("h1");
    private final EarlyNotices early = new EarlyNotices(new World(), facts -> {}, UUID::randomUUID);

    @Test
    void aHostWhoseAgentIsDeadIsNotSuspectedAndNotWell() {
        early.suspect(H1, Instant.EPOCH, List.of());
        early.ail(H1, "the agent is not running");
        assertThat(early.suspects(H1)).isFalse();
        assertThat(early.isWell(H1)).isFalse();
        early.clear(H1);
        assertThat(early.isWell(H1)).isTrue();
    }

    @Test
    void aVerdictStandsUntilSomethingElseIsHeard() {
        early.lose(H1, Instant.EPOCH, List.of());
        assertThat(early.condemns(H1)).isTrue();
        early.suspect(H1, Instant.EPOCH, List.of());
        assertThat(early.condemns(H1)).isFalse();
        assertThat(early.suspects(H1)).isTrue();
        early.joined(H1);
        assertThat(early.isWell(H1)).isTrue();
    }
}
