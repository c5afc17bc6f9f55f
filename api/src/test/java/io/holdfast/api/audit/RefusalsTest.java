package io.holdfast.api.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RefusalsTest {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
    private final Refusals refusals = new Refusals();
    private int requests;

    private AuditLine from(String address, int status, long second) {
        Instant at = NOON.plusSeconds(second);
        return new AuditLine(
                0,
                at,
                "r" + ++requests,
                new Who(Who.Kind.NOBODY, "nobody", "nobody", "none"),
                address,
                null,
                "c",
                "identity",
                "POST",
                "",
                new Ended(status, null, null),
                true,
                1,
                at);
    }

    @Test
    void likeOnesOfAMinuteAreOneLineThatCounts() {
        refusals.add(from("a", 401, 0));
        refusals.add(from("a", 401, 10));
        refusals.add(from("a", 403, 11));
        assertThat(refusals.take())
                .extracting(AuditLine::requestId, AuditLine::count)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("r1", 2), org.assertj.core.groups.Tuple.tuple("r3", 1));
        assertThat(refusals.take()).isEmpty();
        refusals.add(from("a", 401, 59));
        assertThat(refusals.take()).singleElement().satisfies(line -> {
            assertThat(line.requestId()).isEqualTo("r1");
            assertThat(line.count()).isEqualTo(3);
            assertThat(line.until()).isEqualTo(NOON.plusSeconds(59));
        });
        refusals.add(from("a", 401, 60));
        assertThat(refusals.take()).singleElement().satisfies(line -> {
            assertThat(line.requestId()).isEqualTo("r5");
            assertThat(line.count()).isEqualTo(1);
        });
    }

    @Test
    void whatWasNotTakenBeforeTheMinuteWasOverIsNotLost() {
        refusals.add(from("a", 401, 0));
        refusals.add(from("a", 401, 61));
        assertThat(refusals.take()).extracting(AuditLine::requestId).containsExactly("r1", "r2");
    }

    @Test
    void aFloodFromManyAddressesSharesALine() {
        for (int i = 0; i < 10_000; i++) {
            refusals.add(from("a" + i, 401, 1));
        }
        refusals.add(from("b", 403, 2));
        List<AuditLine> taken = refusals.take();
        assertThat(taken).hasSize(Refusals.KINDS_MAX + 2);
        assertThat(taken.stream().mapToInt(AuditLine::count).sum()).isEqualTo(10_001);
        assertThat(taken.getLast().who().user()).isEqualTo("many");
        assertThat(taken.getLast().address()).isEqualTo("many");
    }

    @Test
    void whatCouldNotBeStoredIsTakenAgainAndCountsOn() {
        refusals.add(from("a", 401, 0));
        List<AuditLine> taken = refusals.take();
        refusals.add(from("a", 401, 1));
        refusals.giveBack(taken);
        assertThat(refusals.take())
                .singleElement()
                .satisfies(line -> assertThat(line.count()).isEqualTo(2));
        List<AuditLine> late = List.of(from("c", 401, 2));
        refusals.add(from("c", 401, 70));
        refusals.giveBack(late);
        assertThat(refusals.take()).extracting(AuditLine::requestId).containsExactly("r3", "r4");
    }
}
