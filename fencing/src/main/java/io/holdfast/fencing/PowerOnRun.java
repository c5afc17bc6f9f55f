package io.holdfast.fencing;

import io.holdfast.fencing.core.FenceLadder.Place;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * One host's power given back, device by device. Used by one thread, once; ends at once when that is interrupted.
 *
 * <p>What if we die here: the intent is in the journal, and reading tells whether it was carried out. Asking again is safe.
 */
final class PowerOnRun {

    /** The act of the journal's entries. */
    static final String ACT = "order-on";

    /** How long a device may take until it reads on, in calls. */
    private static final int CALLS = 3;

    private final PowerOn.Wish wish;
    private final List<FenceLevel> levels;
    private final Lane lane;
    private final FenceJournal journal;
    private final ActPermit permit;
    private final FencingSettings settings;
    private final InstantSource wall;

    PowerOnRun(
            PowerOn.Wish wish,
            List<FenceLevel> levels,
            Lane lane,
            FenceJournal journal,
            ActPermit permit,
            FencingSettings settings,
            InstantSource wall) {
        this.wish = wish;
        this.levels = levels;
        this.lane = lane;
        this.journal = journal;
        this.permit = permit;
        this.settings = settings;
        this.wall = wall;
    }

    PowerOn.Answer.Done run() throws InterruptedException {
        // Read first: without its journal nothing is ordered.
        int provenAt = journal.proof(wish.host(), wish.epoch())
                .map(FenceJournal.Entry::level)
                .orElse(0);
        List<PowerOn.Device> found = new ArrayList<>();
        for (int level = levels.size(); level > 0; level--) {
            List<FenceDevice> devices = levels.get(level - 1).devices();
            for (int device = 1; device <= devices.size(); device++) {
                if (devices.get(device - 1).readsPower()) {
                    found.add(on(level, devices.get(device - 1), lane.rehearsals(new Place(level, device))));
                }
            }
        }
        return new PowerOn.Answer.Done(found, provenAt);
    }

    private PowerOn.Device on(int level, FenceDevice device, BoundedCall calls) throws InterruptedException {
        PowerReading before = LadderRun.read(calls, device, settings.callTimeout());
        return switch (before.state()) {
            case ON -> new PowerOn.Device(level, device.name(), PowerState.ON, "was on");
            // Whoever does not know what is so, had better not change it.
            case UNKNOWN ->
                new PowerOn.Device(level, device.name(), PowerState.UNKNOWN, "no order given: " + before.detail());
            case OFF -> ordered(level, device, calls);
        };
    }

    private PowerOn.Device ordered(int level, FenceDevice device, BoundedCall calls) throws InterruptedException {
        journal.appendIntent(
                entry(level, device, "INTENDED", "asked for: " + wish.reason()), wish.segment(), wish.leader());
        String said;
        try {
            PowerOrder order = calls.run(() -> orderIfPermitted(device), settings.callTimeout());
            said = order.answer() + " (" + order.detail() + ")";
        } catch (TimeoutException | ExecutionException e) {
            said = PowerOrder.Answer.NO_ANSWER + " (" + LadderRun.reason(e) + ")";
        }
        PowerReading after = readBack(device, calls);
        String told = "ordered on: " + said + "; reads " + after.state() + " (" + after.detail() + ")";
        journal.append(entry(level, device, "READ_" + after.state(), told));
        return new PowerOn.Device(level, device.name(), after.state(), told);
    }

    /** In the thread that sends the order, so that nothing can come between the permit's answer and the order. */
    private PowerOrder orderIfPermitted(FenceDevice device) {
        return permit.mayAct(wish.segment(), wish.leader())
                ? device.powerOn(LadderRun.withinCall(settings.callTimeout()))
                : new PowerOrder(
                        PowerOrder.Answer.REFUSED,
                        "this controller does not lead any more; no order given",
                        Duration.ZERO);
    }

    private PowerReading readBack(FenceDevice device, BoundedCall calls) throws InterruptedException {
        long untilNanos =
                System.nanoTime() + settings.callTimeout().multipliedBy(CALLS).toNanos();
        Duration pause = settings.readBackPause();
        while (true) {
            PowerReading reading = LadderRun.read(calls, device, settings.callTimeout());
            if (reading.state() == PowerState.ON || System.nanoTime() + pause.toNanos() - untilNanos > 0) {
                return reading;
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2).compareTo(settings.readBackPauseMax()) < 0
                    ? pause.multipliedBy(2)
                    : settings.readBackPauseMax();
        }
    }

    private FenceJournal.Entry entry(int level, FenceDevice device, String result, String evidence) {
        return new FenceJournal.Entry(
                null,
                wish.host(),
                wish.epoch(),
                0,
                level,
                device.name(),
                ACT,
                result,
                evidence,
                wish.by().toString(),
                wall.instant());
    }
}
