package io.holdfast.membership.cut;

import io.holdfast.membership.CutSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts, for one network, the distinct observers that do not hear a host, and cuts it when they agree.
 *
 * <p>With H and L in proportion to how many observers count for a host ({@link Watermarks}):
 *
 * <table>
 *   <caption>From a count to an opinion</caption>
 *   <tr><th>it is silent to</th><th>opinion</th></tr>
 *   <tr><td>fewer than L</td><td>heard, whatever was held before</td></tr>
 *   <tr><td>L and more, fewer than H</td><td>as before; at first heard. Others wait for it</td></tr>
 *   <tr><td>one of several, whatever L is</td><td>heard; but others wait for it from L on</td></tr>
 *   <tr><td>H and more, nobody is between the marks</td><td>cut</td></tr>
 *   <tr><td>H and more, somebody is between them</td><td>as before; cut after {@code agree-time} at the latest</td></tr>
 *   <tr><td>not more than half of those who report on it count</td><td>none: a host that dies while its observers are slow is left to the view</td></tr>
 * </table>
 *
 * <p>So hosts that fail together are cut together, and one link that loses packets cuts nobody.
 *
 * <p>A report older than {@code report-time} is nothing. An observer whose local health is worse than {@code score-limit}, or that is
 * unsure, does not count; it is still one who reports, so that a few who hear badly cannot outvote many who are slow for a moment. An observer to
 * whom more than half of its own observers are deaf is dead or cut off, and what it said last is no news: it is left out. Without
 * that, a host that dies together with one of its observers would seem to be heard until that report is old. (Rapid has implicit
 * reports for it.)
 */
public final class CutDetector {

    private final CutSettings settings;

    public CutDetector(CutSettings settings) {
        this.settings = settings;
    }

    /** What is held. Soft: rebuilt from the reports of some seconds. */
    public record State(Map<Member, Arrived> reports, Map<Member, Held> held) {

        public static final State EMPTY = new State(Map.of(), Map.of());

        public State {
            reports = Map.copyOf(reports);
            held = Map.copyOf(held);
        }
    }

    /** A report, and when it came. */
    public record Arrived(ObserverReport report, long atNanos) {}

    /**
     * @param opinion as of the last look
     * @param highNanos since when it is silent to H; null when it is not
     */
    public record Held(Opinion opinion, @Nullable Long highNanos) {}

    /**
     * Reports came, in this order; many at once where there are many observers, because each call copies what is held. One that
     * a later one has overtaken, on another network, changes nothing.
     */
    public State take(State state, List<ObserverReport> came, long nowNanos) {
        Map<Member, Arrived> reports = new HashMap<>(state.reports);
        for (ObserverReport report : came) {
            Arrived last = reports.get(report.observer());
            if (last == null) {
                reports.keySet().removeIf(report.observer()::isOtherLifeOf);
            }
            if (last == null || last.report().number() < report.number()) {
                reports.put(report.observer(), new Arrived(report, nowNanos));
            }
        }
        return new State(reports, state.held);
    }

    /** The state of this moment; its {@code held} has an opinion of each host of which somebody who counts speaks. */
    public State look(State state, long nowNanos) {
        Map<Member, Arrived> fresh = new HashMap<>(state.reports);
        fresh.values()
                .removeIf(report ->
                        nowNanos - report.atNanos() > settings.reportTime().toNanos());
        List<ObserverReport> reports =
                fresh.values().stream().map(Arrived::report).toList();
        Map<Member, Count> counts = counted(withoutCutOff(reports));
        boolean unsettled = counts.values().stream().anyMatch(this::isBetween);
        Map<Member, Held> held = new HashMap<>();
        counts.forEach((member, count) -> held.put(member, judged(state.held.get(member), count, unsettled, nowNanos)));
        return new State(fresh, held);
    }

    private Held judged(@Nullable Held before, Count count, boolean unsettled, long nowNanos) {
        Watermarks marks = Watermarks.of(settings, count.observers());
        boolean wasCut = before != null && before.opinion().cut();
        int silent = count.silentTo.size();
        if (silent < marks.high()) {
            // With few observers L is 1. One of several would then keep gone for ever who was cut rightly, or by the
            // first observer
            // that reported, and is heard by everybody else: one bad link is noise, however few there are.
            boolean oneOfSeveral = silent == 1 && count.observers() > 1;
            return new Held(count.opinion(silent >= marks.low() && wasCut && !oneOfSeveral), null);
        }
        Long highNanos = before == null || before.highNanos() == null ? Long.valueOf(nowNanos) : before.highNanos();
        boolean waited = nowNanos - highNanos >= settings.agreeTime().toNanos();
        return new Held(count.opinion(wasCut || !unsettled || waited), highNanos);
    }

    private boolean isBetween(Count count) {
        Watermarks marks = Watermarks.of(settings, count.observers());
        return count.silentTo.size() >= marks.low() && count.silentTo.size() < marks.high();
    }

    private List<ObserverReport> withoutCutOff(List<ObserverReport> reports) {
        Set<Member> cutOff = new HashSet<>();
        counted(reports).forEach((member, count) -> {
            if (count.observers() > 1 && 2 * count.silentTo.size() > count.observers()) {
                cutOff.add(member);
            }
        });
        return reports.stream()
                .filter(report -> !cutOff.contains(report.observer()))
                .toList();
    }

    /** Those on whom a majority of the reports counts. */
    private Map<Member, Count> counted(Collection<ObserverReport> reports) {
        Map<Member, Count> counts = new HashMap<>();
        for (ObserverReport report : reports) {
            boolean well = report.isWell(settings.scoreLimit());
            report.audible().forEach(member -> {
                Count count = countOf(member, counts);
                count.heardBy += well ? 1 : 0;
                count.unwell += well ? 0 : 1;
            });
            report.unsure().forEach(member -> countOf(member, counts).unwell++);
            report.silent().forEach(member -> {
                Count count = countOf(member, counts);
                count.unwell += well ? 0 : 1;
                if (well) {
                    count.silentTo.add(report.observer());
                }
            });
        }
        counts.values().removeIf(count -> count.observers() <= count.unwell);
        return counts;
    }

    private static Count countOf(Member member, Map<Member, Count> counts) {
        return counts.computeIfAbsent(member, unseen -> new Count());
    }

    /** Of one look; never seen from outside. */
    private static final class Count {
        private final List<Member> silentTo = new ArrayList<>();
        private int heardBy;
        private int unwell;

        int observers() {
            return heardBy + silentTo.size();
        }

        Opinion opinion(boolean cut) {
            return new Opinion(cut, silentTo.stream().sorted().toList(), observers());
        }
    }
}
