package io.holdfast.api.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.api.AuditSettings;
import io.holdfast.api.http.ApiFault;
import io.holdfast.store.StoreUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class AuditTrailTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    private final FakeAuditBook book = new FakeAuditBook();
    private final AuditTrail trail = new AuditTrail(book, AuditSettings.defaults(), InstantSource.system());

    @BeforeEach
    void start() {
        trail.start();
    }

    @AfterEach
    void close() {
        trail.close();
    }

    private static AuditLine line(String request, String target) {
        Instant now = Instant.now();
        return new AuditLine(
                0,
                now,
                request,
                new Who(Who.Kind.USER, "u", "ann", "blue"),
                "192.0.2.1",
                null,
                "c",
                "compute",
                "createServer",
                target,
                null,
                false,
                1,
                now);
    }

    @Test
    void aLineIsStoredWhenBeginReturnsAndItsEndFollows() throws Exception {
        trail.begin(line("r", "/"));
        assertThat(book.list(AuditBook.Filter.ALL, 10))
                .singleElement()
                .satisfies(line -> assertThat(line.ended()).isNull());
        trail.end("r", new Ended(202, null, "x"));
        trail.settle(SOON);
        assertThat(book.list(AuditBook.Filter.ALL, 10))
                .singleElement()
                .satisfies(line -> assertThat(line.ended()).isEqualTo(new Ended(202, null, "x")));
    }

    @Test
    void whoBeginsAtTheSameTimeSharesATransaction() throws Exception {
        CountDownLatch begun = new CountDownLatch(200);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                String request = "r" + i;
                callers.execute(() -> {
                    trail.begin(line(request, "/"));
                    begun.countDown();
                });
            }
        }
        assertThat(begun.getCount()).isZero();
        assertThat(book.list(AuditBook.Filter.ALL, 1000)).hasSize(200);
        assertThat(book.writes()).isLessThan(200);
    }

    @Test
    void whileTheBookIsAwayNothingBeginsAndEndsAreKeptForLater() throws Exception {
        trail.begin(line("r1", "/"));
        book.away(true);
        trail.end("r1", new Ended(204, null, null));
        assertThatThrownBy(() -> trail.begin(line("r2", "/"))).isInstanceOfSatisfying(ApiFault.class, fault -> {
            assertThat(fault.status()).isEqualTo(503);
            assertThat(fault).hasMessageContaining("Nothing was changed");
        });
        trail.refused(
                line("r2", "/").ended(new Who(Who.Kind.USER, "u", "ann", "blue"), new Ended(503, null, null), true));
        assertThatThrownBy(() -> trail.settle(SOON)).isInstanceOf(StoreUnavailable.class);
        book.away(false);
        trail.settle(SOON);
        assertThat(book.list(AuditBook.Filter.ALL, 10))
                .extracting(line -> line.requestId() + " "
                        + (line.ended() == null ? 0 : line.ended().status()))
                .containsExactly("r2 503", "r1 204");
    }

    @Test
    void aLineThatNoBookTakesHoldsUpNoOther() throws Exception {
        trail.refused(line("bad", "a\0b").ended(Who.SYSTEM, new Ended(404, null, null), true));
        trail.begin(line("r1", "/"));
        trail.settle(SOON);
        assertThatThrownBy(() -> trail.begin(line("worse", "a\0b"))).isInstanceOf(ApiFault.class);
        trail.begin(line("r2", "/"));
        assertThat(book.list(AuditBook.Filter.ALL, 10))
                .extracting(AuditLine::requestId)
                .containsExactly("r2", "r1");
    }

    @Test
    void closeWritesWhatWaitsAndThenNothingBegins() {
        trail.begin(line("r", "/"));
        trail.end("r", new Ended(200, null, null));
        trail.close();
        assertThat(book.list(AuditBook.Filter.ALL, 10))
                .singleElement()
                .satisfies(line -> assertThat(line.ended()).isNotNull());
        assertThatThrownBy(() -> trail.begin(line("late", "/"))).isInstanceOf(ApiFault.class);
    }

    @Test
    void anEndIsWrittenWithoutAnybodyAsking() {
        trail.begin(line("r", "/"));
        trail.end("r", new Ended(200, null, null));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                book.list(AuditBook.Filter.ALL, 1).getFirst().ended())
                        .isNotNull());
    }
}
