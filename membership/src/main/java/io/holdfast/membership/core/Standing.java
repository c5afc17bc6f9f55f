package io.holdfast.membership.core;

import io.holdfast.membership.Evidence;
import io.holdfast.membership.health.HealthRow;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What we hold of a host. Each value carries only what that state knows. */
public sealed interface Standing {

    Moment since();

    /** Left on purpose, or never heard of. */
    record Absent(Moment since, boolean left) implements Standing {}

    /** The database knows it; this controller has not seen it yet. Has a full grace period from {@code since}. */
    record Expected(Moment since) implements Standing {}

    record Alive(Moment since) implements Standing {}

    /**
     * A signal is missing, and the host is asked whether it lives. Nobody has been told yet.
     *
     * @param since what was asked before this moment does not count
     * @param aliveSince since when it is known as alive, which it still is for everybody else
     * @param answered whether somebody on it has answered since then
     */
    record Missed(Moment since, Moment aliveSince, boolean answered) implements Standing {}

    /** @param since what was asked before this moment does not count */
    record Suspected(Moment since) implements Standing {}

    /**
     * @param row why
     * @param heard whether it was heard when it was called so: then a signal that goes missing is news
     * @param suspectedSince what was asked before this moment does not count
     */
    record Degraded(Moment since, HealthRow row, boolean heard, Moment suspectedSince) implements Standing {}

    /**
     * It lives, and no network reaches it.
     *
     * @param suspectedSince what was asked before this moment does not count
     */
    record Isolated(Moment since, HealthRow row, Moment suspectedSince) implements Standing {}

    /** @param suspectedSince what was asked before this moment does not count */
    record Held(Moment since, Doubt doubt, Moment suspectedSince) implements Standing {

        /** It was held because too many were silent together; now they are fewer, for less than that time. */
        boolean isSettling(Moment now, Duration settleTime) {
            return doubt == Doubt.TOO_MANY || (doubt == Doubt.SETTLING && !now.hasPassed(since, settleTime));
        }
    }

    /**
     * Condemned.
     *
     * @param row of the health table that condemned it; null for a word, and for what recovery's journal knows
     * @param bySilence whether the agreement of silent signals condemned it, rather than its power or a word
     * @param byWord whether a word condemned it
     * @param agentSession the condemned session; another one is a new life. Null when none was known
     * @param acknowledged whether recovery has it in its journal
     * @param toldAt when it was last told
     */
    record Lost(
            Moment since,
            String reason,
            List<Evidence> evidence,
            @Nullable HealthRow row,
            boolean bySilence,
            boolean byWord,
            @Nullable String agentSession,
            boolean acknowledged,
            Moment toldAt)
            implements Standing {
        public Lost {
            evidence = List.copyOf(evidence);
        }

        /** A verdict that rests on a reading of the power, and that nobody has acted on yet. */
        boolean restsOnPower() {
            return !acknowledged && !byWord && !bySilence;
        }

        /** @param session the condemned session, for who does not know it */
        Lost acknowledged(@Nullable String session) {
            String condemned = agentSession == null ? session : agentSession;
            return new Lost(since, reason, evidence, row, bySilence, byWord, condemned, true, toldAt);
        }

        Lost toldAgain(Moment now) {
            return new Lost(since, reason, evidence, row, bySilence, byWord, agentSession, false, now);
        }
    }

    /** Since when what a host, its power device or others were asked about it counts; null for one of whom nothing is asked. */
    default @Nullable Moment answersCountSince() {
        return switch (this) {
            case Missed missed -> missed.since();
            case Suspected suspected -> suspected.since();
            case Held held -> held.suspectedSince();
            case Degraded degraded -> degraded.suspectedSince();
            case Isolated isolated -> isolated.suspectedSince();
            case Lost lost -> lost.since();
            case Absent _, Expected _, Alive _ -> null;
        };
    }

    /** The same after a pause of the observer: what was asked before does not count, and whoever is waited for has the whole time again. */
    default Standing afterPause(Moment now) {
        return switch (this) {
            case Expected _ -> new Expected(now);
            case Missed missed -> new Missed(now, missed.aliveSince(), false);
            case Suspected _ -> new Suspected(now);
            case Degraded degraded -> new Degraded(degraded.since(), degraded.row(), degraded.heard(), now);
            case Isolated isolated -> new Isolated(isolated.since(), isolated.row(), now);
            case Held held -> new Held(held.since(), held.doubt(), now);
            case Absent absent -> absent;
            case Alive alive -> alive;
            case Lost lost -> lost;
        };
    }

    /** The state's name in the transition table and in logs. */
    default String label() {
        return switch (this) {
            case Absent _ -> "Absent";
            case Expected _ -> "Expected";
            case Alive _ -> "Alive";
            case Missed _ -> "Missed";
            case Suspected _ -> "Suspected";
            case Degraded _ -> "Degraded";
            case Isolated _ -> "Isolated";
            case Held _ -> "Held";
            case Lost _ -> "Lost";
        };
    }

    /** Why the observer does not trust what it sees. */
    enum Doubt {
        NO_COORDINATION("this controller has no contact with ZooKeeper, so no lease can be judged"),
        ISOLATED("this controller is alone in its group, so it may be the one that is cut off"),
        TOO_MANY("too many hosts fell silent together; the observer or the network is the likelier culprit"),
        SETTLING("many hosts fell silent together, and some are heard again; the others get time to be"),
        GRACE("this controller has started or been elected just now, and silence condemns nobody yet"),
        NO_ADDRESS("the host was never seen by this controller and its address is unknown, so it cannot be probed"),
        PARTLY_DEAF("this controller hears nobody on a network that may still show the host"),
        TABLE("its signals are silent past their times, and the health table leaves it to a human"),
        CONTRADICTION("the signals contradict each other");

        private final String text;

        Doubt(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }
}
