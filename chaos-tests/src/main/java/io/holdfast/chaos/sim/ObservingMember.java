package io.holdfast.chaos.sim;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.ObserverReport;
import io.holdfast.membership.cut.Observing;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One member of the group as an observer: the product's {@link Observing}, given its turns. It takes one every heartbeat
 * interval, and those are played in which something may come out that did not in the turn before: while it doubts itself or is unsure
 * of somebody, and when a voice falls silent or is heard again.
 */
final class ObservingMember {

    private final GroupObservers group;
    private final Member self;
    private final long intervalNanos;
    private final long baseNanos;
    private final Map<Member, Voice> voices = new TreeMap<>();
    private Observing observing;
    private @Nullable Observing lastTurn;
    private @Nullable ObserverReport told;

    /** What that was said of. */
    private @Nullable Observing toldOf;

    private long number;

    /** Of its turns within an interval. */
    private long phase;

    private boolean runs;

    /** The last turn before it stood still, as long as it has not taken another one since; otherwise negative. */
    private long stoodAt = -1;

    private Timeline.@Nullable Event next;
    private long nextAt;

    ObservingMember(GroupObservers group, Member self, long phase, long now) {
        this.group = group;
        this.self = self;
        this.intervalNanos = group.settings().heartbeatInterval().toNanos();
        this.baseNanos = group.base().toNanos();
        this.phase = phase;
        this.observing = Observing.from(turnBefore(now), 0);
        this.runs = group.runs(self);
    }

    Member self() {
        return self;
    }

    boolean runs() {
        return runs;
    }

    /** What it said last. */
    @Nullable
    ObserverReport told() {
        return told;
    }

    boolean observes(Member other) {
        return voices.containsKey(other);
    }

    private boolean missesIt(Member other) {
        Observing.Subject subject = observing.subjects().get(other);
        return runs && subject != null && subject.voice() == Observing.Voice.SILENT;
    }

    void end() {
        runs = false;
        cancel();
    }

    private void cancel() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }

    // ---- what may disturb it

    /** Others may be its subjects now; says whether they are. */
    boolean assign(Set<Member> subjects, long now) {
        if (subjects.equals(voices.keySet())) {
            return false;
        }
        update(now);
        voices.keySet().retainAll(subjects);
        for (Member subject : subjects) {
            voices.computeIfAbsent(
                    subject, _ -> new Voice(group.dice(), group.settings().heartbeatInterval(), group.base(), now));
        }
        observing = observing.assigned(subjects, now);
        lastTurn = null;
        if (runs) {
            turnAt(turnAfter(now));
        }
        return true;
    }

    /** After any change of the network or of a member. */
    void look(long now) {
        boolean before = runs;
        runs = group.runs(self);
        if (before && !runs) {
            stoodAt = turnBefore(now);
            cancel();
        }
        boolean changed = before != runs;
        for (Map.Entry<Member, Voice> each : voices.entrySet()) {
            changed |= look(each.getKey(), each.getValue(), now);
        }
        if (changed && runs) {
            lastTurn = null;
            if (!before) {
                phase = Math.floorMod(now, intervalNanos);
                turnAt(now);
            } else {
                planAnew(now);
            }
        }
    }

    /** After a change of that host alone, which is another one than its own. */
    void look(Host host, long now) {
        boolean changed = false;
        for (Map.Entry<Member, Voice> each : voices.entrySet()) {
            if (each.getKey().isHost() && each.getKey().name().equals(host.party())) {
                changed |= look(each.getKey(), each.getValue(), now);
            }
        }
        if (changed && runs) {
            lastTurn = null;
            planAnew(now);
        }
    }

    private boolean look(Member subject, Voice voice, long now) {
        double loss = group.loss(self, subject);
        long beat = turnBefore(now);
        ObservingMember other = group.member(subject);
        if (other != null && other.observes(self)) {
            // It asks as well, and a question is a word.
            loss = loss == 1 ? 1 : loss == 0 ? 0 : loss * group.lossOneWay(subject, self);
            beat = Math.max(beat, other.turnBefore(now));
        }
        return voice.changed(group.runs(subject), loss, group.slowest(self, subject), beat, now);
    }

    private void planAnew(long now) {
        if (next == null || nextAt - now > intervalNanos) {
            plan(now);
        }
    }

    /** Its last turn, played or not. */
    long turnBefore(long now) {
        return now - Math.floorMod(now - phase, intervalNanos);
    }

    private long turnAfter(long now) {
        return turnBefore(now) + intervalNanos;
    }

    // ---- its turns

    private void turnAt(long at) {
        if (next != null && nextAt <= at) {
            return;
        }
        cancel();
        nextAt = at;
        next = group.timeline().at(at, () -> {
            next = null;
            turn();
        });
    }

    /** Brings in what was heard up to now. */
    private void update(long now) {
        boolean stood = stoodAt >= 0;
        long before = stood ? stoodAt : turnBefore(now - 1);
        Map<Member, Observing.Subject> subjects = new LinkedHashMap<>();
        for (Map.Entry<Member, Voice> each : voices.entrySet()) {
            Observing.Subject held = observing.subjects().get(each.getKey());
            if (held == null) {
                continue;
            }
            long heard = each.getValue().heard(before, !stood, now);
            // As if each word had been put in by itself; there were many.
            subjects.put(
                    each.getKey(),
                    heard > held.heardNanos() ? new Observing.Subject(Observing.Voice.AUDIBLE, heard) : held);
        }
        observing = new Observing(subjects, observing.health(), before, 0);
    }

    private void turn() {
        long now = group.timeline().now();
        update(now);
        stoodAt = -1;
        for (Member observer : group.seats().observersOf(self)) {
            ObservingMember other = group.member(observer);
            if (other != null && other.missesIt(self) && !group.dice().chance(group.loss(observer, self))) {
                observing = observing.doubted();
            }
        }
        Observing before = lastTurn;
        // Whose clocks are set, here, are the controllers'; hosts' go as the world's does.
        MembershipSettings settings = group.settings();
        Observing turned = observing.turn(settings.heartbeatInterval(), group.base(), settings.pauseLimit(), now, 0);
        observing = turned;
        report(turned);
        answers(now);
        boolean again = before != null && now - before.turnNanos() == intervalNanos && alike(before, observing);
        lastTurn = observing;
        if (!again || !isSteady()) {
            plan(now);
        }
    }

    /** Whether its turns go on as the last one, until something changes. */
    private boolean isSteady() {
        for (Map.Entry<Member, Voice> each : voices.entrySet()) {
            Observing.Subject held = observing.subjects().get(each.getKey());
            boolean audible = held != null && held.voice() == Observing.Voice.AUDIBLE;
            Voice voice = each.getValue();
            if (!voice.isSteady() || audible != (voice.silentFrom() == Long.MAX_VALUE)) {
                return false;
            }
        }
        return true;
    }

    /** They come before the next turn; one is worth something only to who doubts itself. */
    private void answers(long now) {
        for (Map.Entry<Member, Voice> each : voices.entrySet()) {
            if (observing.health().score() == 0) {
                return;
            }
            Voice voice = each.getValue();
            if (!voice.isSilent(now) && !group.dice().chance(voice.loss())) {
                observing = observing.answered(each.getKey(), now);
            }
        }
    }

    private void report(Observing now) {
        if (toldOf != null && toldOf.health().equals(now.health()) && sameVoices(toldOf, now)) {
            return;
        }
        toldOf = now;
        ObserverReport report = now.report(self, Network.MANAGEMENT, number + 1);
        if (told == null || !report.saysTheSame(told, group.settings().cut().scoreLimit())) {
            number++;
            told = report;
            group.tell(this, report);
        }
    }

    /** When the next turn is in which something may come out. */
    private void plan(long now) {
        if (observing.health().score() > 0) {
            turnAt(turnAfter(now));
            return;
        }
        long soonest = Long.MAX_VALUE;
        for (Map.Entry<Member, Voice> each : voices.entrySet()) {
            Observing.Subject held = observing.subjects().get(each.getKey());
            if (held == null) {
                continue;
            }
            Voice voice = each.getValue();
            long at = switch (held.voice()) {
                case AUDIBLE ->
                    voice.silentFrom() == Long.MAX_VALUE ? Long.MAX_VALUE : voice.silentFrom() + baseNanos + 1;
                case UNSURE -> now + 1;
                case SILENT, UNKNOWN -> voice.isSilent(now) ? voice.silentUntil() : now + 1;
            };
            soonest = Math.min(soonest, at);
        }
        if (soonest < Long.MAX_VALUE) {
            turnAt(Math.max(turnAfter(now), turnAfter(soonest - 1)));
        }
    }

    private static boolean alike(Observing one, Observing other) {
        return one.health().equals(other.health())
                && sameVoices(one, other)
                && one.subjects().values().stream().noneMatch(subject -> subject.voice() == Observing.Voice.UNSURE);
    }

    private static boolean sameVoices(Observing one, Observing other) {
        if (one.subjects().size() != other.subjects().size()) {
            return false;
        }
        for (Map.Entry<Member, Observing.Subject> each : one.subjects().entrySet()) {
            Observing.Subject there = other.subjects().get(each.getKey());
            if (there == null || there.voice() != each.getValue().voice()) {
                return false;
            }
        }
        return true;
    }
}
