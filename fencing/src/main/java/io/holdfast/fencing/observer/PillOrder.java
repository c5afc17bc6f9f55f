package io.holdfast.fencing.observer;

import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotFact;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What becomes of the order to isolate a host by its slot, from what is seen of the slot. Pure. */
public sealed interface PillOrder {

    /** Nothing is written: the order is answered by what stands there, or by what cannot be seen. */
    record Said(PowerOrder.Answer answer, String detail) implements PillOrder {}

    /** This pill has to be written and read back. */
    record Write(int slot, Pill pill) implements PillOrder {}

    /**
     * @param fact what is seen of the host's slot, or null if it has none
     * @param blind why no slot can be seen, or empty
     * @param controller who the host is told is asking
     * @param now by the wall clock, for people
     */
    static PillOrder of(@Nullable SlotFact fact, String blind, FenceRequest request, String controller, Instant now) {
        String boot = request.bootId();
        if (boot == null) {
            return new Said(PowerOrder.Answer.REFUSED, "nobody knows which boot of the host was condemned");
        }
        if (fact == null && blind.isEmpty()) {
            return new Said(PowerOrder.Answer.REFUSED, "it has no slot on the slot device");
        }
        if (!(fact instanceof SlotFact.Seen seen)) {
            return new Said(
                    PowerOrder.Answer.NO_ANSWER,
                    fact instanceof SlotFact.Unreadable unreadable ? unreadable.reason() : blind);
        }
        Pill there = seen.pill();
        if (there != null
                && there.isFor(request.host(), boot)
                && !request.leader().isOlderThan(there.leader())) {
            return new Said(
                    PowerOrder.Answer.ACCEPTED, "a pill by " + there.by() + " is in slot " + seen.slot() + " already");
        }
        return new Write(
                seen.slot(),
                new Pill(
                        request.host(),
                        boot,
                        request.caseId(),
                        request.leader(),
                        controller,
                        "condemned at epoch " + request.epoch() + ", attempt " + request.attempt(),
                        // As exact as the slot keeps it, so that what is read back is what was written.
                        Instant.ofEpochMilli(now.toEpochMilli())));
    }
}
