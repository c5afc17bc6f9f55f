package io.holdfast.fencing;

import io.holdfast.fencing.core.FenceLadder.Place;
import io.holdfast.fencing.core.Findings;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * One rehearsal of one host: every device of every level, one after the other as in earnest, because some have room for one
 * session alone. Used by one thread, once; ends at once when that is interrupted.
 */
final class RehearsalRun {

    private final List<FenceLevel> levels;
    private final Lane lane;
    private final Duration callTimeout;
    private final BooleanSupplier alive;
    private final InstantSource wall;

    RehearsalRun(List<FenceLevel> levels, Lane lane, Duration callTimeout, BooleanSupplier alive, InstantSource wall) {
        this.levels = levels;
        this.lane = lane;
        this.callTimeout = callTimeout;
        this.alive = alive;
        this.wall = wall;
    }

    FenceCheck check() throws InterruptedException {
        List<FenceCheck.Level> found = new ArrayList<>();
        for (int level = 0; level < levels.size(); level++) {
            List<FenceCheck.Device> devices = new ArrayList<>();
            List<FenceDevice> asked = levels.get(level).devices();
            for (int device = 0; device < asked.size(); device++) {
                devices.add(check(asked.get(device), lane.rehearsals(new Place(level + 1, device + 1))));
            }
            found.add(new FenceCheck.Level(devices));
        }
        // As exact as the database keeps it, so that whoever asks twice sees the same moment.
        return new FenceCheck(wall.instant().truncatedTo(ChronoUnit.MICROS), found);
    }

    private FenceCheck.Device check(FenceDevice device, BoundedCall calls) throws InterruptedException {
        if (!device.readsPower()) {
            return new FenceCheck.Device(
                    device.name(),
                    facts(calls, device).stream()
                            .map(fact -> Findings.of(fact, wall.instant()))
                            .toList());
        }
        boolean aliveBefore = alive.getAsBoolean();
        PowerReading reading = LadderRun.read(calls, device, callTimeout);
        boolean aliveAfter = alive.getAsBoolean();
        // Who was not let in once is not asked again: each login that fails may count towards a lock-out.
        List<DeviceFact> facts = reading.state() == PowerState.UNKNOWN ? List.of() : facts(calls, device);
        return new FenceCheck.Device(
                device.name(), Findings.of(reading, facts, wall.instant(), aliveBefore && aliveAfter, callTimeout));
    }

    private List<DeviceFact> facts(BoundedCall calls, FenceDevice device) throws InterruptedException {
        long startNanos = System.nanoTime();
        try {
            return calls.run(() -> device.facts(LadderRun.withinCall(callTimeout)), callTimeout);
        } catch (TimeoutException | ExecutionException e) {
            Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
            String why = LadderRun.reason(e);
            // A device that has said something about the power may keep silent about the rest; the other kind has only
            // this.
            return List.of(
                    device.readsPower()
                            ? new DeviceFact.Silence(why, took)
                            : new DeviceFact.SelfFence(false, why, took));
        }
    }
}
