package io.holdfast.slot.core;

import io.holdfast.slot.Answer;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Content;
import io.holdfast.slot.Content.Empty;
import io.holdfast.slot.Content.Unreadable;
import io.holdfast.slot.Content.Written;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotReading;

/** Whether a pill may be written over what stands in a slot. */
public final class PillRule {

    /** What to do. */
    public sealed interface Ruling {
        /** Nothing is written. */
        record Said(Answer<Long> answer) implements Ruling {}

        /** Write it, with that sequence, and read it back. */
        record Write(long sequence) implements Ruling {}
    }

    private PillRule() {}

    /** @param fresh the sequence for a place that cannot be read, larger than any that was there */
    public static Ruling rule(SlotReading before, Pill pill, long fresh) {
        if (!(before.claim() instanceof Written<Claim> claim)
                || !claim.value().host().equals(pill.host())) {
            return refused("slot " + before.slot() + " is not " + pill.host() + "'s now");
        }
        Content<Pill> place = before.pill();
        return switch (place) {
            case Written<Pill> there -> over(there, pill);
            case Empty<Pill> empty -> new Ruling.Write(empty.sequence() + 1);
            // It is written over: the host takes no licence from such a slot either way.
            case Unreadable<Pill> _ -> new Ruling.Write(fresh);
        };
    }

    private static Ruling over(Written<Pill> there, Pill pill) {
        if (there.value().equals(pill)) {
            return new Ruling.Said(new Answer.Done<>(there.sequence()));
        }
        if (pill.leader().isOlderThan(there.value().leader())) {
            return refused("a pill of leader epoch " + there.value().leader() + " is there, and this one is of "
                    + pill.leader());
        }
        if (there.value().isFor(pill.host(), pill.bootId())) {
            return refused(
                    "there is a pill for this life already, by " + there.value().by());
        }
        return new Ruling.Write(there.sequence() + 1);
    }

    private static Ruling refused(String why) {
        return new Ruling.Said(new Answer.Refused<>(why));
    }
}
