package io.holdfast.api.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.audit.AuditBook.Ending;
import io.holdfast.api.audit.AuditBook.Filter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every book of the trail has to do. */
public abstract class AuditBookContract {

    protected static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
    protected static final Who ANN = new Who(Who.Kind.USER, "u1", "ann", "blue");
    protected static final Who ROOT = new Who(Who.Kind.OPERATOR, "u2", "root", "admin");

    protected abstract AuditBook book();

    protected static AuditLine line(String request, Who who, String operation, String target, int minute) {
        Instant at = NOON.plusSeconds(60L * minute);
        return new AuditLine(
                0, at, request, who, "192.0.2.1", null, "c1", "compute", operation, target, null, false, 1, at);
    }

    protected static AuditLine refusal(String request, int minute, int count) {
        Instant at = NOON.plusSeconds(60L * minute);
        return new AuditLine(
                0,
                at,
                request,
                new Who(Who.Kind.NOBODY, "nobody", "nobody", "none"),
                "192.0.2.9",
                "198.51.100.7",
                "c2",
                "identity",
                "POST",
                "",
                new Ended(401, "no", null),
                true,
                count,
                at.plusSeconds(count));
    }

    private List<String> found(Filter filter) {
        return book().list(filter, 100).stream().map(AuditLine::requestId).toList();
    }

    private static Filter filter(
            Who.@Nullable Kind kind,
            @Nullable String user,
            @Nullable String project,
            @Nullable String service,
            @Nullable String operation,
            @Nullable String target,
            @Nullable String address,
            @Nullable String request) {
        return new Filter(
                kind, user, project, service, operation, target, address, request, null, null, false, null, null, null);
    }

    private static Filter results(@Nullable Integer least, @Nullable Integer most, boolean open) {
        return new Filter(null, null, null, null, null, null, null, null, least, most, open, null, null, null);
    }

    @Test
    void aLineComesBackAsItWasAndIsEndedLater() {
        AuditLine begun = line("r1", ANN, "serverAction/os-stop", "/v2.1/servers/1/action", 0);
        book().write(List.of(begun, refusal("r2", 1, 1)), List.of());
        assertThat(book().list(Filter.ALL, 10))
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("number")
                .containsExactly(refusal("r2", 1, 1), begun);
        book().write(
                        List.of(),
                        List.of(
                                new Ending("r1", new Ended(409, "not so", "made")),
                                new Ending("gone", new Ended(200, null, null))));
        assertThat(book().list(filter(null, null, null, null, null, null, null, "r1"), 10))
                .singleElement()
                .satisfies(line -> assertThat(line.ended()).isEqualTo(new Ended(409, "not so", "made")));
    }

    @Test
    void textsThatNoDatabaseTakesAreStoredWithoutWhatItDoesNotTake() {
        book().write(
                        List.of(line(
                                "r1", new Who(Who.Kind.USER, "u\0", "a\ud800b", "blue"), "create\0", "/\u0007", 0)),
                        List.of(new Ending("r1", new Ended(404, "Flavor a\0b could not be found.", "\udc00"))));
        assertThat(book().list(Filter.ALL, 10)).singleElement().satisfies(line -> {
            assertThat(line.who()).isEqualTo(new Who(Who.Kind.USER, "u\ufffd", "a\ufffdb", "blue"));
            assertThat(line.operation()).isEqualTo("create\ufffd");
            assertThat(line.target()).isEqualTo("/\ufffd");
            assertThat(line.ended()).isEqualTo(new Ended(404, "Flavor a\ufffdb could not be found.", "\ufffd"));
        });
    }

    @Test
    void whatIsWrittenAgainCountsMoreAndIsNoSecondLine() {
        book().write(List.of(refusal("r", 0, 1)), List.of());
        book().write(List.of(refusal("r", 0, 7)), List.of());
        assertThat(book().list(Filter.ALL, 10)).singleElement().satisfies(line -> {
            assertThat(line.count()).isEqualTo(7);
            assertThat(line.until()).isEqualTo(NOON.plusSeconds(7));
        });
    }

    @Test
    void everyFilterHoldsAndPagesFollowEachOther() {
        book().write(
                        List.of(
                                line("r1", ANN, "createServer", "/v2.1/servers", 0),
                                line("r2", ROOT, "serverAction/os-stop", "/v2.1/servers/77/action", 1),
                                refusal("r3", 2, 1)),
                        List.of(new Ending("r1", new Ended(202, null, "77"))));
        assertThat(found(Filter.ALL)).containsExactly("r3", "r2", "r1");
        assertThat(found(filter(Who.Kind.OPERATOR, null, null, null, null, null, null, null)))
                .containsExactly("r2");
        assertThat(found(filter(null, "u1", null, null, null, null, null, null)))
                .containsExactly("r1");
        assertThat(found(filter(null, "root", null, null, null, null, null, null)))
                .containsExactly("r2");
        assertThat(found(filter(null, null, "blue", null, null, null, null, null)))
                .containsExactly("r1");
        assertThat(found(filter(null, null, null, "identity", null, null, null, null)))
                .containsExactly("r3");
        for (String operation : List.of("serverAction", "os-stop", "serverAction/os-stop")) {
            assertThat(found(filter(null, null, null, null, operation, null, null, null)))
                    .containsExactly("r2");
        }
        // In the path of one, and what the other made.
        assertThat(found(filter(null, null, null, null, null, "77", null, null)))
                .containsExactly("r2", "r1");
        // No pattern.
        assertThat(found(filter(null, null, null, null, null, "%7_", null, null)))
                .isEmpty();
        assertThat(found(filter(null, null, null, null, null, null, "198.51.100.7", null)))
                .containsExactly("r3");
        assertThat(found(results(200, 299, false))).containsExactly("r1");
        assertThat(found(results(400, null, false))).containsExactly("r3");
        assertThat(found(results(null, null, true))).containsExactly("r2");
        assertThat(found(new Filter(
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        false,
                        NOON.plusSeconds(60),
                        NOON.plusSeconds(120),
                        null)))
                .containsExactly("r2");
        List<String> paged = new ArrayList<>();
        Long marker = null;
        for (int page = 0; page < 3; page++) {
            AuditLine only = book().list(
                            new Filter(
                                    null, null, null, null, null, null, null, null, null, null, false, null, null,
                                    marker),
                            1)
                    .getFirst();
            marker = only.number();
            paged.add(only.requestId());
        }
        assertThat(paged).containsExactly("r3", "r2", "r1");
    }

    @Test
    void whatIsTooOldAndTooMuchGoesAndRefusalsPushOutNothingElse() {
        List<AuditLine> lines = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            lines.add(line("w" + i, ANN, "createServer", "/v2.1/servers", i));
            lines.add(refusal("f" + i, i, 1));
        }
        book().write(lines, List.of());
        trim(NOON, 4, 2);
        assertThat(found(Filter.ALL)).containsExactly("f5", "w5", "f4", "w4", "w3", "w2");
        trim(NOON.plusSeconds(240), 4, 2);
        assertThat(found(Filter.ALL)).containsExactly("f5", "w5", "f4", "w4");
    }

    private void trim(Instant before, long lines, long refusals) {
        while (book().trim(before, lines, refusals)) {
            assertThat(book().list(Filter.ALL, 1)).isNotEmpty();
        }
    }
}
