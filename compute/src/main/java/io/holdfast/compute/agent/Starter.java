package io.holdfast.compute.agent;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.agent.AgentMemory.Wanted;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has an instance run: it goes on with what there is of it, or begins anew where it is certain that there is nothing.
 *
 * <p>What there may be is a guest that stands, and a memory on the storage. Both at once are left by somebody who died after he
 * had brought the guest back and before he forgot the memory; it may not outlive the guest's first write. Called without the
 * agent's lock, by one thread at a time per instance; blocks as the hypervisor does, and until it is an instance's turn.
 */
final class Starter {

    private static final Logger log = LoggerFactory.getLogger(Starter.class);

    /** Too small makes owners wait for each other, too large makes the storage slow for every guest. */
    private static final int MEMORIES_LIMIT = 2;

    private final HypervisorDriver driver;
    private final Turn starts;
    /** Of suspends and resumes. A recovery's starts do not wait until an owner's gigabytes are written. */
    private final Turn memories = new Turn(MEMORIES_LIMIT);

    private final Duration stopGrace;

    Starter(HypervisorDriver driver, int startsLimit, Duration stopGrace) {
        this.driver = driver;
        this.starts = new Turn(startsLimit);
        this.stopGrace = stopGrace;
    }

    sealed interface Outcome {
        record Runs() implements Outcome {}

        /** The goal changed, or the gate was shut, while it waited for its turn. */
        record Waits() implements Outcome {}

        /** Nothing of it is lost by a try that failed, so it has not failed itself. */
        record StaysHeld(Lane.Held held) implements Outcome {}
    }

    /** Whose turn it is to move a memory. */
    Turn memories() {
        return memories;
    }

    /**
     * @param there its guest, which is halted, of an older generation, or has failed; null when there is none
     * @param suspended whether it was seen to be suspended
     * @param failed whether its guest runs and is not to be asked to end, because it has failed
     * @param mayStart asked when its turn has come
     * @param building called before it begins anew
     */
    Outcome begin(
            Lane lane,
            Wanted wanted,
            @Nullable Guest there,
            boolean suspended,
            boolean failed,
            BooleanSupplier mayStart,
            Runnable building)
            throws DriverException {
        boolean halted = there != null && there.paused();
        boolean kept;
        try {
            kept = driver.remembers(lane.instance, wanted.spec());
        } catch (DriverException e) {
            if (!halted && !suspended) {
                throw e;
            }
            return held(halted ? ActualState.PAUSED : ActualState.SUSPENDED, e);
        }
        lane.touches();
        if (halted && kept) {
            return goOn(lane, wanted, ActualState.PAUSED, mayStart);
        }
        if (there != null && halted && there.generation().equals(wanted.generation())) {
            try {
                driver.unpause(lane.instance, wanted.spec());
                return new Outcome.Runs();
            } catch (DriverException e) {
                return held(ActualState.PAUSED, e);
            }
        }
        if (kept && there == null) {
            return goOn(lane, wanted, ActualState.SUSPENDED, mayStart);
        }
        building.run();
        if (failed) {
            driver.destroy(lane.instance);
        } else if (there != null) {
            lane.endOlder(driver, stopGrace);
        }
        // What is kept beside a guest that ran is older than its disk.
        return start(lane, wanted, kept ? wanted.spec().withoutMemory() : wanted.spec(), starts, mayStart);
    }

    /**
     * Has a guest that came here by another's hand run on at this generation.
     *
     * @return false when it cannot be; then it is to be ended and begun anew, because nothing here runs at a generation that
     *     nobody wants
     */
    boolean takeOver(InstanceId instance, Generation generation) throws DriverException {
        try {
            driver.takeOver(instance, generation);
            log.info("instance={} taken over as it runs generation={}", instance, generation);
            return true;
        } catch (DriverException e) {
            if (e.outcomeUnknown()) {
                throw e;
            }
            log.warn("instance={} not taken over, it is begun anew: {}", instance, e.getMessage());
            return false;
        }
    }

    /**
     * Asks a guest to shut down, and ends it when it does not.
     *
     * @return false when what runs is newer than the goal: somebody else has brought it, which is for an audit to judge
     */
    boolean stop(InstanceId instance, Generation generation) throws DriverException {
        Guest guest = Answers.find(driver.guests(), instance);
        if (guest != null && guest.running() && generation.isOlderThan(guest.generation())) {
            return false;
        }
        driver.stop(instance, stopGrace);
        return true;
    }

    private Outcome goOn(Lane lane, Wanted wanted, ActualState held, BooleanSupplier mayStart) throws DriverException {
        try {
            return start(lane, wanted, wanted.spec(), memories, mayStart);
        } catch (DriverException e) {
            return held(held, e);
        }
    }

    private Outcome start(Lane lane, Wanted wanted, GuestSpec spec, Turn turn, BooleanSupplier mayStart)
            throws DriverException {
        return turn.of(lane.instance, () -> {
            if (!mayStart.getAsBoolean()) {
                return new Outcome.Waits();
            }
            driver.start(lane.instance, wanted.generation(), spec);
            return new Outcome.Runs();
        });
    }

    private static Outcome held(ActualState actual, DriverException e) throws DriverException {
        if (e.outcomeUnknown()) {
            throw e;
        }
        return new Outcome.StaysHeld(new Lane.Held(actual, false, "", String.valueOf(e.getMessage())));
    }
}
