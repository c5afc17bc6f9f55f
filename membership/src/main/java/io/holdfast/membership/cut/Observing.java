package io.holdfast.membership.cut;

import io.holdfast.membership.Network;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What one observer holds of its subjects on one network, and of itself.
 *
 * <p>Each turn it asks every subject whether it is there. Whatever is heard from a subject, an answer or anything else, says that
 * its voice arrives; so a silence means the direction from the subject to the observer.
 *
 * @param subjects whom it asks
 * @param health how far it trusts itself
 * @param turnNanos when its last turn was, by the monotonic clock
 * @param wallMinusNanos the wall clock less the monotonic one at that turn, in nanoseconds: only its changes mean anything
 */
public record Observing(Map<Member, Subject> subjects, LocalHealth health, long turnNanos, long wallMinusNanos) {

    /** No jump of a clock counts for more than that; it is more than enough to be taken for the worst. */
    private static final long JUMP_MAX_NANOS = Duration.ofHours(1).toNanos();

    /** What an observer can say of a subject's voice. */
    public enum Voice {
        /** Never heard: it is not missed, it may speak an older release's language. */
        UNKNOWN,
        /** Heard within the base time-out. */
        AUDIBLE,
        /** Not heard for longer than that, but not for so long that this observer, in its health, says so. */
        UNSURE,
        /** Not heard for longer than the observer's health allows. */
        SILENT
    }

    /**
     * @param voice as of the last turn, or of what was heard since
     * @param heardNanos when it was heard last, or became a subject
     */
    public record Subject(Voice voice, long heardNanos) {

        private Subject judged(long nowNanos, long baseNanos, long limitNanos) {
            long quietNanos = nowNanos - heardNanos;
            return switch (voice) {
                case UNKNOWN, SILENT -> this;
                case AUDIBLE, UNSURE ->
                    new Subject(
                            quietNanos > limitNanos
                                    ? Voice.SILENT
                                    : quietNanos > baseNanos ? Voice.UNSURE : Voice.AUDIBLE,
                            heardNanos);
            };
        }
    }

    public Observing {
        subjects = Map.copyOf(subjects);
    }

    public static Observing from(long nowNanos, long wallMinusNanos) {
        return new Observing(Map.of(), LocalHealth.GOOD, nowNanos, wallMinusNanos);
    }

    /** The same with these subjects. What is held of those who stay, stays. */
    public Observing assigned(Set<Member> members, long nowNanos) {
        if (members.equals(subjects.keySet())) {
            return this;
        }
        Map<Member, Subject> next = new HashMap<>();
        for (Member member : members) {
            Subject held = subjects.get(member);
            next.put(member, held == null ? new Subject(Voice.UNKNOWN, nowNanos) : held);
        }
        return new Observing(next, health, turnNanos, wallMinusNanos);
    }

    /** After anything that was heard of a member. */
    public Observing heard(Member member, long nowNanos) {
        if (!subjects.containsKey(member)) {
            return this;
        }
        Map<Member, Subject> next = new HashMap<>(subjects);
        next.put(member, new Subject(Voice.AUDIBLE, nowNanos));
        return new Observing(next, health, turnNanos, wallMinusNanos);
    }

    /** After an answer to a question of ours. */
    public Observing answered(Member member, long nowNanos) {
        Observing next = heard(member, nowNanos);
        return subjects.containsKey(member)
                ? new Observing(next.subjects, health.better(), turnNanos, wallMinusNanos)
                : next;
    }

    /** Somebody says that it does not hear us, and we hear it say so: then we are the slow ones, or only our voice is lost. */
    public Observing doubted() {
        return new Observing(subjects, health.worse(1), turnNanos, wallMinusNanos);
    }

    /**
     * The turn of this moment: first the observer looks at itself, then at the others.
     *
     * <p>Clocks that went apart count like a turn that is late by as much: the machine was suspended, which the monotonic clock does not
     * count, or its clock was set. By itself that costs a few answers; a clock that is set at every turn makes an observer that does not
     * count, and others count without it.
     *
     * @param interval between two turns
     * @param base silence that counts for an observer in good health
     * @param apart how far the two clocks may go apart between two turns
     * @param nowWallMinusNanos the wall clock less the monotonic one now, in nanoseconds
     */
    public Observing turn(Duration interval, Duration base, Duration apart, long nowNanos, long nowWallMinusNanos) {
        long jumpNanos = Math.abs(nowWallMinusNanos - wallMinusNanos);
        long awayNanos = nowNanos - turnNanos + (jumpNanos > apart.toNanos() ? Math.min(jumpNanos, JUMP_MAX_NANOS) : 0);
        long lateIntervals = Math.max(0, awayNanos / interval.toNanos() - 1);
        LocalHealth own = health.worse(lateIntervals);
        long limitNanos = own.widened(base).toNanos();
        Map<Member, Subject> next = new HashMap<>();
        int known = 0;
        int audible = 0;
        int missed = 0;
        for (Map.Entry<Member, Subject> each : subjects.entrySet()) {
            Subject before = each.getValue();
            Subject after = before.judged(nowNanos, base.toNanos(), limitNanos);
            known += after.voice() == Voice.UNKNOWN ? 0 : 1;
            audible += after.voice() == Voice.AUDIBLE ? 1 : 0;
            missed += after.voice() == Voice.SILENT && before.voice() != Voice.SILENT ? 1 : 0;
            next.put(each.getKey(), after);
        }
        boolean nobody = known > 1 && audible == 0;
        // A few that fail together are a failure of theirs; most of them at once are more likely one of ours.
        int blame = 2 * missed > known ? missed : Math.min(1, missed);
        return new Observing(next, own.worse(blame).worse(nobody ? 1 : 0), nowNanos, nowWallMinusNanos);
    }

    /** Whose voice is so. */
    public Set<Member> which(Voice voice) {
        Set<Member> members = new HashSet<>();
        subjects.forEach((member, subject) -> {
            if (subject.voice() == voice) {
                members.add(member);
            }
        });
        return members;
    }

    /** What it says of its subjects now. */
    public ObserverReport report(Member self, Network network, long number) {
        return new ObserverReport(
                self, network, number, health, which(Voice.AUDIBLE), which(Voice.UNSURE), which(Voice.SILENT));
    }
}
