package io.holdfast.api.audit;

import io.holdfast.store.StoreUnavailable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** In memory, and away when a test says so. */
public final class FakeAuditBook implements AuditBook {

    private final Map<String, AuditLine> lines = new LinkedHashMap<>();
    private long last;
    private boolean away;
    private boolean unknown;
    private int writes;
    private final Set<String> odd = new HashSet<>();
    private Runnable after = () -> {};
    private volatile Runnable before = () -> {};

    public synchronized void away(boolean now) {
        away = now;
    }

    /** Stores what is written next, and goes away before it says so. */
    public synchronized void awayAfterNextWrite() {
        unknown = true;
    }

    /** Takes no line, and no end, of this request, as a database does not take everything. */
    public synchronized void takesNot(String request) {
        odd.add(request);
    }

    /** What happens after a write that was refused. */
    public synchronized void afterRefusal(Runnable what) {
        after = what;
    }

    /** What happens before each write. */
    public void before(Runnable what) {
        before = what;
    }

    /** Transactions that wrote something. */
    public synchronized int writes() {
        return writes;
    }

    @Override
    public void write(List<AuditLine> added, List<Ending> endings) {
        before.run();
        store(added, endings);
    }

    private synchronized void store(List<AuditLine> added, List<Ending> endings) {
        if (away) {
            throw new StoreUnavailable("the database is away", false, null);
        }
        // As a database would: all or nothing.
        if (Stream.concat(
                        added.stream().flatMap(FakeAuditBook::texts),
                        endings.stream().flatMap(ending -> texts(ending.ended())))
                .anyMatch(text -> text.contains("\0"))) {
            throw new IllegalArgumentException("NUL cannot be stored");
        }
        if (added.stream().anyMatch(line -> odd.contains(line.requestId()))
                || endings.stream().anyMatch(ending -> odd.contains(ending.requestId()))) {
            after.run();
            throw new IllegalArgumentException("this is refused");
        }
        writes++;
        for (AuditLine line : added) {
            AuditLine known = lines.get(line.requestId());
            lines.put(
                    line.requestId(),
                    known == null ? numbered(line, ++last) : known.counted(line.count(), line.until()));
        }
        for (Ending ending : endings) {
            lines.computeIfPresent(
                    ending.requestId(), (id, line) -> line.ended(line.who(), ending.ended(), line.refused()));
        }
        if (unknown) {
            unknown = false;
            throw new StoreUnavailable("the connection broke", true, null);
        }
    }

    private static Stream<String> texts(AuditLine line) {
        return Stream.concat(
                Stream.of(
                        line.requestId(),
                        line.who().user(),
                        line.who().name(),
                        line.who().project(),
                        line.address(),
                        line.onBehalfOf() == null ? "" : line.onBehalfOf(),
                        line.operation(),
                        line.target()),
                line.ended() == null ? Stream.of() : texts(line.ended()));
    }

    private static Stream<String> texts(Ended ended) {
        return Stream.of(ended.fault() == null ? "" : ended.fault(), ended.made() == null ? "" : ended.made());
    }

    private static AuditLine numbered(AuditLine line, long number) {
        return new AuditLine(
                number,
                line.at(),
                line.requestId(),
                line.who(),
                line.address(),
                line.onBehalfOf(),
                line.controller(),
                line.service(),
                line.operation(),
                line.target(),
                line.ended(),
                line.refused(),
                line.count(),
                line.until());
    }

    @Override
    public synchronized List<AuditLine> list(Filter filter, int limit) {
        return lines.values().stream()
                .filter(matching(filter))
                .sorted(Comparator.comparing(AuditLine::number).reversed())
                .limit(limit)
                .toList();
    }

    private static Predicate<AuditLine> matching(Filter f) {
        return line -> (f.kind() == null || f.kind() == line.who().kind())
                && (f.user() == null
                        || f.user().equals(line.who().user())
                        || f.user().equals(line.who().name()))
                && is(f.project(), line.who().project())
                && is(f.service(), line.service())
                && (f.operation() == null
                        || f.operation().equals(line.operation())
                        || List.of(line.operation().split("/", -1)).contains(f.operation()))
                && (f.target() == null
                        || line.target().contains(f.target())
                        || (line.ended() != null
                                && f.target().equals(line.ended().made())))
                && (f.address() == null
                        || f.address().equals(line.address())
                        || f.address().equals(line.onBehalfOf()))
                && is(f.requestId(), line.requestId())
                && (f.least() == null || (line.ended() != null && line.ended().status() >= f.least()))
                && (f.most() == null || (line.ended() != null && line.ended().status() <= f.most()))
                && (!f.open() || line.ended() == null)
                && (f.since() == null || !line.at().isBefore(f.since()))
                && (f.before() == null || line.at().isBefore(f.before()))
                && (f.marker() == null || line.number() < f.marker());
    }

    private static boolean is(@Nullable String wanted, String value) {
        return wanted == null || Objects.equals(wanted, value);
    }

    @Override
    public synchronized boolean trim(Instant before, long linesMax, long refusalsMax) {
        lines.values().removeIf(line -> line.at().isBefore(before));
        newest(false, linesMax);
        newest(true, refusalsMax);
        return false;
    }

    private void newest(boolean refused, long most) {
        List<AuditLine> these = new ArrayList<>(lines.values().stream()
                .filter(line -> line.refused() == refused)
                .sorted(Comparator.comparing(AuditLine::number).reversed())
                .skip(most)
                .toList());
        these.forEach(line -> lines.remove(line.requestId()));
    }
}
