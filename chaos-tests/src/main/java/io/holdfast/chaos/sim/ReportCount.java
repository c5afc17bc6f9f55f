package io.holdfast.chaos.sim;

import io.holdfast.membership.CutSettings;
import io.holdfast.membership.cut.CutDetector;
import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.ObserverReport;
import io.holdfast.membership.cut.Opinion;
import io.holdfast.membership.cut.Sight;
import io.holdfast.membership.cut.Watermarks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A controller's count of what the observers report, and its sight: the product's {@link CutDetector} and {@link Sight}, given the
 * reports that arrive.
 *
 * <p>Observers report again and again what they said. Where nothing is wrong with the way, that is not played: the last report is as
 * fresh as one can be. And the detector is shown only those of whom a count may be on another side of a mark than before; whoever is
 * silent to so few that no mark can be reached is heard, whatever the others say.
 */
final class ReportCount {

    /** What comes within this time is counted together, as {@code GroupWatch} has it. */
    private static final Duration LOOK_PAUSE = Duration.ofMillis(25);

    /**
     * A way that loses less than this loses all 14 words and repeats of a report's time less than once in a million times: that a
     * report is sent again need not be played there.
     */
    private static final double RELIABLE = 0.37;

    private static final Duration SOONEST_BACK = Duration.ofMillis(200);
    private static final Duration LATEST_BACK = Duration.ofMillis(1200);

    private final GroupObservers group;
    private final Member self;
    private final Supplier<Set<Member>> view;
    private final Runnable changed;
    private final CutSettings cut;
    private final CutDetector detector;
    private final Map<Member, Way> ways = new LinkedHashMap<>();
    private final Map<Member, Tally> tallies = new LinkedHashMap<>();
    private Map<Member, CutDetector.Held> held = Map.of();
    /** Of whom the detector was asked when it was looked last; all others were heard. */
    private Set<Member> doubtful = Set.of();

    private Map<Member, Conclusion> concluded = Map.of();
    private boolean viewIsNew = true;

    /** Of how many members more than half of their observers say that they do not hear them. */
    private int cutOff;

    private boolean deaf;
    private Timeline.@Nullable Event due;
    private long lookedAt;
    private @Nullable Sight told;

    /**
     * @param view who stands in the controller's own view, itself left out
     * @param changed called when another one is there or gone than before
     */
    ReportCount(GroupObservers group, Member self, Supplier<Set<Member>> view, Runnable changed) {
        this.group = group;
        this.self = self;
        this.view = view;
        this.changed = changed;
        this.cut = group.settings().cut();
        this.detector = new CutDetector(cut);
        this.lookedAt = group.timeline().now() - LOOK_PAUSE.toNanos();
    }

    /** How an observer's reports come here. */
    private static final class Way {
        private final Member observer;
        private @Nullable ObserverReport report;

        /** When the last report came; not used while they come as they should. */
        private long at;

        private boolean flows;
        private boolean cut = true;
        private Timeline.@Nullable Event begins;
        private Timeline.@Nullable Event again;
        private Timeline.@Nullable Event old;

        private Way(Member observer) {
            this.observer = observer;
        }

        private void cancel() {
            for (Timeline.Event event : new Timeline.@Nullable Event[] {begins, again, old}) {
                if (event != null) {
                    event.cancel();
                }
            }
            begins = null;
            again = null;
            old = null;
        }
    }

    /** What is said of one member, as {@link CutDetector} counts it, those included who are themselves cut off. */
    private static final class Tally {
        private final Set<Member> reporters = new HashSet<>();
        private int silent;
        private int heard;
        private int unwell;

        private int observers() {
            return silent + heard;
        }

        private boolean isCutOff() {
            return observers() > 1 && 2 * silent > observers();
        }
    }

    /** What is held of a member of whom not everybody says that it is heard. */
    private enum Conclusion {
        CUT,
        ONE_OBSERVER,
        NO_OPINION
    }

    // ---- what comes

    /** After any change that may be one of the way from that observer. */
    void look(ObservingMember observer, long now) {
        Member from = observer.self();
        double loss = group.loss(from, self);
        boolean runs = observer.runs();
        Way way = ways.get(from);
        if (way == null) {
            if (!runs || loss == 1) {
                return;
            }
            way = new Way(from);
            ways.put(from, way);
        }
        boolean wasCut = way.cut;
        way.cut = loss == 1;
        boolean open = runs && loss < 1;
        boolean flows = open && loss < RELIABLE;
        if (!open) {
            cancel(way.begins);
            way.begins = null;
            cancel(way.again);
            way.again = null;
        } else if (!way.flows && way.begins == null && way.again == null) {
            begin(
                    way,
                    observer,
                    wasCut && !from.equals(self)
                            ? group.dice().between(SOONEST_BACK, LATEST_BACK)
                            : Duration.ofMillis(1));
        }
        if (way.flows && !flows) {
            // It was sent again within the last interval.
            long again = now
                    - Math.floorMod(
                            now - observer.turnBefore(0), cut.reportInterval().toNanos());
            way.at = Math.max(way.at, again);
            way.flows = false;
            age(way);
            if (open) {
                repeat(way, observer);
            }
        }
    }

    private static void cancel(Timeline.@Nullable Event event) {
        if (event != null) {
            event.cancel();
        }
    }

    /** A connection is there again. */
    private void begin(Way way, ObservingMember observer, Duration wait) {
        way.begins = group.timeline().after(wait, () -> {
            way.begins = null;
            ObserverReport last = observer.told();
            if (last != null) {
                arrive(way, last);
            }
            if (group.loss(way.observer, self) < RELIABLE) {
                way.flows = true;
                cancel(way.old);
                way.old = null;
            } else {
                repeat(way, observer);
            }
        });
    }

    private void repeat(Way way, ObservingMember observer) {
        way.again = group.timeline().after(cut.reportInterval(), () -> {
            way.again = null;
            ObserverReport last = observer.told();
            double loss = group.loss(way.observer, self);
            if (loss < RELIABLE) {
                begin(way, observer, Duration.ofMillis(1));
                return;
            }
            if (last != null) {
                send(way, last);
            }
            repeat(way, observer);
        });
    }

    /** The observer has news. */
    void told(ObservingMember observer, ObserverReport report) {
        Way way = ways.get(observer.self());
        if (way != null && way.begins == null) {
            send(way, report);
        }
    }

    private void send(Way way, ObserverReport report) {
        Duration under = group.onConnection(way.observer, self);
        if (under == null) {
            return;
        }
        if (under.isZero()) {
            arrive(way, report);
        } else {
            group.timeline().after(under, () -> arrive(way, report));
        }
    }

    private void arrive(Way way, ObserverReport report) {
        if (ways.get(way.observer) != way) {
            return;
        }
        way.at = group.timeline().now();
        age(way);
        ObserverReport last = way.report;
        if (last == null) {
            for (Way other : List.copyOf(ways.values())) {
                if (isOtherLife(other.observer, way.observer)) {
                    forget(other);
                }
            }
        }
        if (last == null || last.number() < report.number()) {
            take(way, report);
        }
    }

    /** That life of an observer may be over; what it said last stays until it is old. */
    void ended(Member observer) {
        Way way = ways.get(observer);
        if (way != null && way.report == null && group.member(observer) == null) {
            forget(way);
        }
    }

    private static boolean isOtherLife(Member one, Member other) {
        return one.kind() == other.kind()
                && one.name().equals(other.name())
                && !one.session().equals(other.session());
    }

    private void forget(Way way) {
        way.cancel();
        ways.remove(way.observer);
        take(way, null);
    }

    /** The report is old one day, if no other one comes. */
    private void age(Way way) {
        if (way.old != null || way.flows) {
            return;
        }
        way.old = group.timeline().at(way.at + cut.reportTime().toNanos() + 1, () -> {
            way.old = null;
            if (way.flows) {
                return;
            }
            if (group.timeline().now() - way.at > cut.reportTime().toNanos()) {
                take(way, null);
                ended(way.observer);
            } else {
                age(way);
            }
        });
    }

    private void take(Way way, @Nullable ObserverReport report) {
        boolean matters = false;
        int before = cutOff;
        // In whichever order: sums are sums.
        for (Member subject : changed(way.report, report)) {
            Tally tally = tallies.computeIfAbsent(subject, _ -> new Tally());
            boolean wasSafe = isSafe(tally, before);
            cutOff -= tally.isCutOff() ? 1 : 0;
            add(tally, way.report, subject, -1);
            add(tally, report, subject, 1);
            cutOff += tally.isCutOff() ? 1 : 0;
            if (report != null && speaksOf(report, subject)) {
                tally.reporters.add(way.observer);
            } else {
                tally.reporters.remove(way.observer);
            }
            matters |= !wasSafe || !isSafe(tally, before);
        }
        way.report = report;
        if (way.observer.equals(self)) {
            viewIsNew = true;
            matters = true;
        }
        if (matters || cutOff != before) {
            lookSoon();
        }
    }

    /** Of whom the later report says something else than the earlier one. */
    private Set<Member> changed(@Nullable ObserverReport one, @Nullable ObserverReport other) {
        Set<Member> changed = new HashSet<>();
        if (one == null || other == null || isWell(one) != isWell(other)) {
            addAll(changed, one);
            addAll(changed, other);
            return changed;
        }
        difference(one.audible(), other.audible(), changed);
        difference(one.unsure(), other.unsure(), changed);
        difference(one.silent(), other.silent(), changed);
        return changed;
    }

    private static void difference(Set<Member> one, Set<Member> other, Set<Member> into) {
        if (!one.equals(other)) {
            one.stream().filter(member -> !other.contains(member)).forEach(into::add);
            other.stream().filter(member -> !one.contains(member)).forEach(into::add);
        }
    }

    private static void addAll(Set<Member> members, @Nullable ObserverReport report) {
        if (report != null) {
            members.addAll(report.audible());
            members.addAll(report.unsure());
            members.addAll(report.silent());
        }
    }

    private boolean isWell(ObserverReport report) {
        return report.health().score() <= cut.scoreLimit();
    }

    private void add(Tally tally, @Nullable ObserverReport report, Member subject, int one) {
        if (report == null) {
            return;
        }
        if (report.unsure().contains(subject) || (!isWell(report) && speaksOf(report, subject))) {
            tally.unwell += one;
        } else if (report.silent().contains(subject)) {
            tally.silent += one;
        } else if (report.audible().contains(subject)) {
            tally.heard += one;
        }
    }

    private static boolean speaksOf(ObserverReport report, Member subject) {
        return report.audible().contains(subject)
                || report.silent().contains(subject)
                || report.unsure().contains(subject);
    }

    /** Whether it is heard, whoever of its observers may be left out because they are cut off themselves. */
    private boolean isSafe(Tally tally, int leftOut) {
        int least = tally.observers() - leftOut;
        return least >= 2
                && least > tally.unwell
                && tally.silent < Watermarks.of(cut, least).low();
    }

    // ---- what is concluded

    void deaf(boolean now) {
        deaf = now;
        if (deaf) {
            cancel(due);
            due = null;
        } else {
            lookedAt = group.timeline().now();
            lookSoon();
        }
    }

    /** The own view has that member, or has it no longer; which is no matter as long as enough others hear it. */
    void viewChanged(@Nullable Member member) {
        Tally tally = member == null ? null : tallies.get(member);
        boolean othersSay = tally != null && tally.observers() > 1 && !doubtful.contains(member);
        boolean lastOrFirst =
                view.get().stream().filter(Member::isHost).limit(2).count() < 2;
        if (member != null && (!othersSay || lastOrFirst)) {
            viewIsNew = true;
            lookSoon();
        }
    }

    void end() {
        deaf = true;
        cancel(due);
        due = null;
        ways.values().forEach(Way::cancel);
        ways.clear();
    }

    private void lookSoon() {
        lookBy(Math.max(group.timeline().now(), lookedAt + LOOK_PAUSE.toNanos()));
    }

    private void lookBy(long at) {
        if (deaf || (due != null && due.at() <= at)) {
            return;
        }
        cancel(due);
        due = group.timeline().at(at, () -> {
            due = null;
            conclude();
        });
    }

    private void conclude() {
        long now = group.timeline().now();
        lookedAt = now;
        tallies.values().removeIf(tally -> tally.reporters.isEmpty());
        doubtful = new HashSet<>();
        tallies.forEach((member, tally) -> {
            if (!isSafe(tally, cutOff)) {
                doubtful.add(member);
            }
        });
        held = detector.look(new CutDetector.State(reportsOf(doubtful, now), held), now)
                .held();
        Map<Member, Conclusion> next = new HashMap<>();
        long waits = Long.MAX_VALUE;
        for (Member member : doubtful) {
            CutDetector.Held one = held.get(member);
            if (one == null) {
                next.put(member, Conclusion.NO_OPINION);
            } else if (one.opinion().cut()) {
                next.put(member, Conclusion.CUT);
            } else {
                if (one.opinion().observers() < 2) {
                    next.put(member, Conclusion.ONE_OBSERVER);
                }
                Long high = one.highNanos();
                waits = high == null
                        ? waits
                        : Math.min(waits, high + cut.agreeTime().toNanos());
            }
        }
        if (viewIsNew || !next.equals(concluded)) {
            viewIsNew = false;
            concluded = next;
            Sight before = told;
            Sight sight = sight();
            // Words alone are evidence for people, and told with what comes next.
            if (before == null || !before.agents().equals(sight.agents()) || before.others() != sight.others()) {
                changed.run();
            }
        }
        if (waits < Long.MAX_VALUE) {
            lookBy(Math.max(waits, now + LOOK_PAUSE.toNanos()));
        }
    }

    /** What is said of these, by whomever. */
    private Map<Member, CutDetector.Arrived> reportsOf(Set<Member> subjects, long now) {
        Map<Member, CutDetector.Arrived> reports = new HashMap<>();
        for (Member subject : subjects) {
            Tally tally = tallies.get(subject);
            for (Member reporter : tally == null ? Set.<Member>of() : tally.reporters) {
                Way way = ways.get(reporter);
                ObserverReport report = way == null ? null : way.report;
                if (way != null && report != null && !reports.containsKey(reporter)) {
                    reports.put(
                            reporter,
                            new CutDetector.Arrived(
                                    new ObserverReport(
                                            reporter,
                                            report.network(),
                                            report.number(),
                                            report.health(),
                                            among(report.audible(), subjects),
                                            among(report.unsure(), subjects),
                                            among(report.silent(), subjects)),
                                    way.flows ? now : way.at));
                }
            }
        }
        return reports;
    }

    private static Set<Member> among(Set<Member> some, Set<Member> those) {
        List<Member> both = new ArrayList<>();
        some.forEach(member -> {
            if (those.contains(member)) {
                both.add(member);
            }
        });
        return Set.copyOf(both);
    }

    /** Who is there, by the own view of this moment and by what was counted last. */
    Sight sight() {
        Map<Member, CutDetector.Held> all = new HashMap<>(held);
        tallies.forEach((member, tally) -> {
            if (!doubtful.contains(member)) {
                all.put(member, new CutDetector.Held(new Opinion(false, List.of(), tally.observers()), null));
            }
        });
        Set<Member> own = view.get();
        Way ownWay = ways.get(self);
        Sight sight = Sight.of(self, own, all).withOwnEars(own, ownWay == null ? null : ownWay.report);
        told = sight;
        return sight;
    }
}
