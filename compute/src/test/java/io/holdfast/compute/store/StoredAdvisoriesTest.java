package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.Advisories;
import io.holdfast.compute.Advisory;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.HostAdvice;
import io.holdfast.compute.control.AdvisoryWatch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of hosts: in force for its time, told once, and never more than a host can bear. */
class StoredAdvisoriesTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Duration HOUR = Duration.ofHours(1);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-30T12:00:00Z"));
    private Deployment deployment;
    private StoredAdvisories book;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.serving("h1", "h2");
        book = new StoredAdvisories(deployment.store, "failing-soon"::equals, now::get);
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void whatIsSaidIsInForceForItsTimeAndNoLonger() {
        int before = deployment.outbox().size();
        Advisory said = book.post(H1, "hot", "icinga", "96 C", HOUR);
        assertThat(said.until()).isEqualTo(now.get().plus(HOUR));
        assertThat(book.inForce()).isEqualTo(Map.of(H1, new HostAdvice(List.of(said), 0)));
        assertThat(said.words()).isEqualTo("says icinga: 96 C");

        pass(HOUR);
        assertThat(book.inForce())
                .as("with its time, not with the leader's look")
                .isEmpty();
        assertThat(told(before)).containsExactly("host.advised");
        assertThat(book.expire()).isEqualTo(1);
        assertThat(book.expire()).isZero();
        assertThat(told(before)).containsExactly("host.advised", "host.advisory-ended");
    }

    @Test
    void whatIsSaidAgainGoesOnAndIsNotToldAgain() {
        int before = deployment.outbox().size();
        Instant first = now.get();
        book.post(H1, "hot", "icinga", "96 C", HOUR);
        pass(Duration.ofMinutes(59));
        Advisory again = book.post(H1, "hot", "icinga", "97 C", HOUR);
        assertThat(again.since()).isEqualTo(first);
        pass(Duration.ofMinutes(2));
        assertThat(book.inForce().get(H1).advisories()).containsExactly(again);
        assertThat(told(before)).containsExactly("host.advised");

        pass(HOUR);
        Advisory anew = book.post(H1, "hot", "icinga", "", HOUR);
        assertThat(anew.since()).as("there was a gap").isEqualTo(now.get());
        assertThat(anew.words()).isEqualTo("says icinga");
        assertThat(told(before)).containsExactly("host.advised", "host.advised");
    }

    @Test
    void twoWhoSayTheSameAreTwoWordsAndEachTakesItsOwnBack() {
        book.post(H1, "hot", "icinga", "", HOUR);
        book.post(H1, "hot", "zabbix", "", HOUR);
        book.withdraw(H1, "hot", "icinga");
        assertThat(book.inForce().get(H1).advisories())
                .extracting(Advisory::source)
                .containsExactly("zabbix");
        assertThatThrownBy(() -> book.withdraw(H1, "hot", "icinga"))
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(ComputeException.Kind.NOT_FOUND));
        pass(HOUR);
        assertThatThrownBy(() -> book.withdraw(H1, "hot", "zabbix"))
                .as("it is not in force, whether or not its row is there")
                .isInstanceOf(ComputeException.class);
    }

    @Test
    void ownersHearThatTheirInstancesShouldLeaveAndNothingOfOtherKinds() {
        UUID there = deployment.create("there", "h1").id().value();
        deployment.create("elsewhere", "h2");
        int before = deployment.outbox().size();
        book.post(H1, "hot", "icinga", "", HOUR);
        assertThat(told(before)).containsExactly("host.advised");
        book.post(H1, "failing-soon", "smartd", "sda of h1", HOUR);
        assertThat(told(before)).containsExactly("host.advised", "host.advised", "instance.leave-advised");
        String data = deployment.store.inTransaction(session -> Jdbc.first(
                        session,
                        row -> row.getString(1),
                        "select data::text from outbox where type = 'instance.leave-advised' and subject = ?",
                        "instance/" + there)
                .orElseThrow());
        assertThat(data).contains("its host is said to be failing-soon").doesNotContain("smartd", "sda of h1");
    }

    @Test
    void whatCannotBeSaidIsRefusedAndChangesNothing() {
        assertThatThrownBy(() -> book.post(HostId.of("h9"), "hot", "icinga", "", HOUR))
                .hasMessage("Host h9 could not be found.");
        assertThatThrownBy(() -> book.post(H1, "Hot", "icinga", "", HOUR)).hasMessageContaining("'Hot' is not");
        assertThatThrownBy(() -> book.post(H1, "hot", "icinga", "a\nb", HOUR)).hasMessageContaining("printable");
        assertThatThrownBy(() -> book.post(H1, "hot", "icinga", "x".repeat(256), HOUR))
                .hasMessageContaining("at most 255");
        assertThatThrownBy(() -> book.post(H1, "hot", "icinga", "", Duration.ZERO))
                .hasMessageContaining("1 s to 7 days");
        assertThatThrownBy(() -> book.post(H1, "hot", "icinga", "", Duration.ofDays(8)))
                .hasMessageContaining("1 s to 7 days");
        assertThatThrownBy(() -> book.weigh(H1, Double.NaN, "root")).hasMessageContaining("between");
        assertThatThrownBy(() -> book.weigh(HostId.of("h9"), 1, "root")).hasMessage("Host h9 could not be found.");
        assertThat(book.inForce()).isEmpty();
    }

    @Test
    void aHostBearsSoManyWordsAndThoseAreRenewedAllTheSame() {
        for (int i = 0; i < Advisories.PER_HOST_MAX; i++) {
            book.post(H1, "kind-" + i, "icinga", "", HOUR);
        }
        assertThatThrownBy(() -> book.post(H1, "one-more", "icinga", "", HOUR)).hasMessageContaining("already");
        book.post(H1, "kind-0", "icinga", "renewed", HOUR);
        book.withdraw(H1, "kind-1", "icinga");
        book.post(H1, "one-more", "icinga", "", HOUR);
        assertThat(book.inForce().get(H1).advisories()).hasSize(Advisories.PER_HOST_MAX);
    }

    @Test
    void pointsStandUntilTheyAreSetAnew() {
        book.weigh(H1, 2.5, "root");
        book.weigh(H1, -1, "root");
        book.post(H1, "hot", "icinga", "", HOUR);
        assertThat(book.inForce().get(H1).weight()).isEqualTo(-1);
        assertThat(book.inForce().get(H1).advisories()).hasSize(1);
        assertThat(deployment.hosts().surroundings().get(H1).advice().weight()).isEqualTo(-1);
        pass(HOUR);
        assertThat(book.inForce().get(H1)).isEqualTo(new HostAdvice(List.of(), -1));
        book.weigh(H1, 0, "root");
        assertThat(book.inForce()).isEmpty();
    }

    @Test
    void onlyALeaderTellsOfWhatIsOverAndTellsOnce() {
        book.post(H1, "hot", "icinga", "", HOUR);
        pass(HOUR);
        AtomicReference<Optional<LeaderEpoch>> leader = new AtomicReference<>(Optional.empty());
        AtomicInteger woken = new AtomicInteger();
        AdvisoryWatch watch = new AdvisoryWatch(book, leader::get, woken::incrementAndGet);
        watch.lookOnce();
        assertThat(woken).hasValue(0);
        leader.set(Optional.of(LeaderEpoch.of(1)));
        watch.lookOnce();
        watch.lookOnce();
        assertThat(woken).hasValue(1);
    }

    @Test
    void aLookThatFailsIsDoneByTheNext() {
        book.post(H1, "hot", "icinga", "", HOUR);
        pass(HOUR);
        AtomicInteger woken = new AtomicInteger();
        deployment.store.inTransactionDo(
                session -> Jdbc.update(session, "alter table host_advisory rename to host_advisory_away"));
        AdvisoryWatch watch = new AdvisoryWatch(book, () -> Optional.of(LeaderEpoch.of(1)), woken::incrementAndGet);
        watch.lookOnce();
        watch.lookOnce();
        assertThat(woken).hasValue(0);
        deployment.store.inTransactionDo(
                session -> Jdbc.update(session, "alter table host_advisory_away rename to host_advisory"));
        watch.lookOnce();
        assertThat(woken).hasValue(1);
    }

    private void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    /** @param before how many facts there were */
    private List<String> told(int before) {
        List<String> all = deployment.outbox();
        return all.subList(before, all.size());
    }
}
