package io.holdfast.fencing;

import io.holdfast.fencing.core.FenceLadder.Place;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** One look at the hardware of one host, through its fence devices. Used by one thread, once; ends at once when that is interrupted. */
public final class HardwareLook {

    /**
     * @param source the device that told
     * @param at when it had told
     */
    public record Found(HardwareHealth health, String source, Instant at) {}

    /** How a look ended. */
    public sealed interface Answer {
        record Done(Found found) implements Answer {}

        /** @param reason for people; nothing was found out */
        record NotNow(String reason) implements Answer {}
    }

    private final List<FenceLevel> levels;
    private final Lane lane;
    private final Duration deadline;
    private final InstantSource wall;

    HardwareLook(List<FenceLevel> levels, Lane lane, Duration deadline, InstantSource wall) {
        this.levels = levels;
        this.lane = lane;
        this.deadline = deadline;
        this.wall = wall;
    }

    /** The first answer by which something is known, or else what the first device had to say. */
    Found look() throws InterruptedException {
        Found first = null;
        for (int level = 0; level < levels.size(); level++) {
            List<FenceDevice> devices = levels.get(level).devices();
            for (int device = 0; device < devices.size(); device++) {
                FenceDevice asked = devices.get(device);
                if (!asked.tellsHardware()) {
                    continue;
                }
                HardwareHealth health = ask(asked, lane.rehearsals(new Place(level + 1, device + 1)));
                Found found = new Found(health, asked.name(), wall.instant());
                if (health.grade() != HardwareHealth.Grade.UNKNOWN) {
                    return found;
                }
                first = first == null ? found : first;
            }
        }
        return first == null
                ? new Found(HardwareHealth.unknown("no fence device tells of the hardware"), "", wall.instant())
                : first;
    }

    private HardwareHealth ask(FenceDevice device, BoundedCall calls) throws InterruptedException {
        try {
            return calls.run(() -> device.hardware(LadderRun.withinCall(deadline)), deadline);
        } catch (TimeoutException | ExecutionException e) {
            return HardwareHealth.unknown(LadderRun.reason(e));
        }
    }
}
