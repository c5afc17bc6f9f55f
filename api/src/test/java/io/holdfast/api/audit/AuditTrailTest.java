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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

    /** The first one is being written until all others wait for the writer. */
    @Test
    void whoWaitsForTheWriterSharesATransaction() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch othersWait = new CountDownLatch(1);
        book.before(() -> {
            writing.countDown();
            try {
                assertThat(othersWait.await(SOON.toMillis(), TimeUnit.MILLISECONDS))
                        .isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        List<Thread> callers = new ArrayList<>();
        callers.add(Thread.ofPlatform().start(() -> trail.begin(line("r0", "/"))));
        assertThat(writing.await(SOON.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
        for (int i = 1; i < 50; i++) {
            String request = "r" + i;
            callers.add(Thread.ofPlatform().start(() -> trail.begin(line(request, "/"))));
        }
        await().atMost(SOON).until(() -> callers.stream().allMatch(one -> one.getState() == Thread.State.WAITING));
        othersWait.countDown();
        for (Thread caller : callers) {
            assertThat(caller.join(SOON)).isTrue();
        }
        assertThat(book.list(AuditBook.Filter.ALL, 1000)).hasSize(50);
        assertThat(book.writes()).isEqualTo(2);
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
        book.takesNot("bad");
        book.takesNot("worse");
        trail.refused(line("bad", "/").ended(Who.SYSTEM, new Ended(404, null, null), true));
        trail.begin(line("r1", "/"));
        trail.settle(SOON);
        assertThatThrownBy(() -> trail.begin(line("worse", "/"))).isInstanceOf(ApiFault.class);
        trail.begin(line("r2", "/"));
        assertThat(book.list(AuditBook.Filter.ALL, 10))
                .extracting(AuditLine::requestId)
                .containsExactly("r2", "r1");
    }

    @Test
    void whenTheBookGoesWhileLinesAreTriedOneByOneWhatIsLeftWaitsForIt() throws Exception {
        trail.begin(line("r1", "/"));
        trail.begin(line("r2", "/"));
        book.takesNot("r1");
        // The whole was refused, and then the end of r1 by itself; of the end of r2 and of the refusal nothing is known
        // yet.
        int[] refusals = new int[1];
        book.afterRefusal(() -> book.away(++refusals[0] > 1));
        trail.end("r1", new Ended(200, null, null));
        trail.end("r2", new Ended(201, null, null));
        trail.note(line("r3", "/").ended(Who.SYSTEM, Ended.unknown("no answer"), false));
        trail.refused(line("r4", "/").ended(Who.SYSTEM, new Ended(404, null, null), true));
        assertThatThrownBy(() -> trail.settle(SOON)).isInstanceOf(StoreUnavailable.class);
        book.away(false);
        trail.settle(SOON);
        assertThat(book.list(AuditBook.Filter.ALL, 10))
                .extracting(line -> line.requestId() + " "
                        + (line.ended() == null ? 0 : line.ended().status()))
                .containsExactlyInAnyOrder("r1 0", "r2 201", "r3 503", "r4 404");
    }

    @Test
    void controlCharactersAndLongTextsAreMadeHarmless() throws Exception {
        String harmful = "a\0b\u001b[2J\u202e\ud800" + "x".repeat(5000);
        Who who = new Who(Who.Kind.USER, harmful, harmful, harmful);
        Instant now = Instant.now();
        trail.begin(new AuditLine(
                0, now, "r", who, harmful, harmful, "c", "compute", harmful, harmful, null, false, 1, now));
        trail.end("r", new Ended(404, harmful, harmful));
        trail.settle(SOON);
        assertThat(book.list(AuditBook.Filter.ALL, 10)).singleElement().satisfies(line -> {
            assertThat(line.ended().fault())
                    .startsWith("a\ufffdb\ufffd[2J\ufffd\ufffdxx")
                    .hasSize(300);
            assertThat(line.target()).hasSize(300);
            for (String word :
                    List.of(line.operation(), line.onBehalfOf(), line.who().name(), line.address())) {
                assertThat(word).hasSize(255).doesNotContain("\0");
            }
        });
        // Both halves of a pair stay, or neither.
        assertThat(new Ended(404, "\ud83d\ude00", null).fault()).isEqualTo("\ud83d\ude00");
        assertThat(new Ended(404, "x".repeat(299) + "\ud83d\ude00", null).fault())
                .isEqualTo("x".repeat(299) + "\ufffd");
    }

    @Test
    void moreThanThereIsRoomForIsRefusedAndNotKeptInMemory() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        CountDownLatch writing = new CountDownLatch(1);
        book.before(() -> {
            writing.countDown();
            held(slow);
        });
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            callers.execute(() -> trail.begin(line("first", "/")));
            assertThat(writing.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
            AtomicInteger refused = new AtomicInteger();
            AtomicInteger stored = new AtomicInteger();
            for (int i = 0; i < AuditTrail.WAITING_MAX + 5; i++) {
                String request = "r" + i;
                callers.execute(() -> {
                    try {
                        trail.begin(line(request, "/"));
                        stored.incrementAndGet();
                    } catch (ApiFault full) {
                        refused.incrementAndGet();
                    }
                });
            }
            await().atMost(SOON.multipliedBy(6)).until(() -> refused.get() == 5);
            book.before(() -> {});
            slow.countDown();
            await().atMost(SOON.multipliedBy(6)).until(() -> stored.get() == AuditTrail.WAITING_MAX);
        }
    }

    private static void held(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aLineThatWasPerhapsStoredThoughItsRequestWasRefusedIsEndedSo() throws Exception {
        book.awayAfterNextWrite();
        assertThatThrownBy(() -> trail.begin(line("r", "/")))
                .isInstanceOf(ApiFault.class)
                .hasMessageContaining("Nothing was changed");
        trail.settle(SOON);
        assertThat(book.list(AuditBook.Filter.ALL, 10))
                .singleElement()
                .satisfies(line -> assertThat(line.ended()).isNotNull().satisfies(ended -> {
                    assertThat(ended.status()).isEqualTo(503);
                    assertThat(ended.isUnknown()).isFalse();
                }));
    }

    @Test
    void anErrorInTheWriterRefusesWhoWaitsAndEndsNothing() throws Exception {
        book.before(() -> {
            throw new StackOverflowError("of the test");
        });
        assertThatThrownBy(() -> trail.begin(line("r1", "/"))).isInstanceOf(ApiFault.class);
        book.before(() -> {});
        trail.begin(line("r2", "/"));
        assertThat(book.list(AuditBook.Filter.ALL, 10))
                .extracting(AuditLine::requestId)
                .containsExactly("r2");
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
