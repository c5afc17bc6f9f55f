package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceLevel;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.core.Findings;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Devices asked as they would be asked in earnest: the same calls, the same limits, the same judgement. Whatever proves a
 * host off here would prove it then, and the other way round.
 */
final class FenceRehearsal {

    /** What the line with the loss of power says was asked. */
    static final String OFF = "off";

    /** Waiting for a host to lose its power; longer than in earnest, because nobody's instances wait. */
    private static final Duration OFF_LIMIT = Duration.ofSeconds(60);

    /** One device of what is tested; the level is 0 for a device that was named itself. */
    private record Target(int level, String name, FenceDevice device) {}

    /**
     * One answer.
     *
     * @param level the host's level, or empty
     * @param speaks what the device is called in evidence and logs
     */
    record Line(
            String device,
            String level,
            String asked,
            String answer,
            long tookMillis,
            String speaks,
            String detail,
            boolean good) {

        String took() {
            return tookMillis + " ms";
        }

        ObjectNode json() {
            return Client.object()
                    .put("device", device)
                    .put("level", level)
                    .put("asked", asked)
                    .put("answer", answer)
                    .put("good", good)
                    .put("tookMillis", tookMillis)
                    .put("speaks", speaks)
                    .put("detail", detail);
        }
    }

    private final List<Target> targets;
    private final FenceDevices devices;
    private final FencingSettings settings;

    private FenceRehearsal(List<Target> targets, FenceDevices devices, FencingSettings settings) {
        this.targets = targets;
        this.devices = devices;
        this.settings = settings;
    }

    /** @throws CommandFailure if nothing is called so */
    static FenceRehearsal of(String name, FenceDevices devices, FencingSettings settings) {
        List<Target> targets = new ArrayList<>();
        FenceDevice named = devices.all().get(name);
        List<FenceLevel> levels = levels(name, devices);
        if (named != null && !isHost(levels, named, devices)) {
            targets.add(new Target(0, name, named));
        } else {
            for (int i = 0; i < levels.size(); i++) {
                for (FenceDevice each : levels.get(i).devices()) {
                    targets.add(new Target(i + 1, nameOf(each, devices), each));
                }
            }
        }
        if (targets.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND,
                    "there is no device and no host with devices called '" + name + "'",
                    devices.all().isEmpty()
                            ? "the settings have none under fencing.devices"
                            : "there are: " + String.join(", ", devices.all().keySet()));
        }
        return new FenceRehearsal(List.copyOf(targets), devices, settings);
    }

    /**
     * Whether a device's name means the host of that name. A pattern for hosts often fits the names of their devices too, and
     * then asks for devices that do not exist.
     */
    private static boolean isHost(List<FenceLevel> levels, FenceDevice named, FenceDevices devices) {
        List<FenceDevice> all =
                levels.stream().flatMap(level -> level.devices().stream()).toList();
        return !all.equals(List.of(named)) && devices.all().values().containsAll(all) && !all.isEmpty();
    }

    private static List<FenceLevel> levels(String name, FenceDevices devices) {
        try {
            return devices.of(HostId.of(name));
        } catch (IllegalArgumentException e) {
            // The names of devices are freer than those of hosts.
            return List.of();
        }
    }

    private static String nameOf(FenceDevice device, FenceDevices devices) {
        return devices.all().entrySet().stream()
                .filter(each -> each.getValue().equals(device))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(device.name());
    }

    /** Whether it is clear which host loses its power, and by which device. */
    void requireConfirmed(@Nullable String confirmed) {
        if (targets.size() > 1) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "with --off one device must be named, and these are several",
                    "name one of: " + targets.stream().map(Target::name).collect(Collectors.joining(", ")));
        }
        Target target = targets.getFirst();
        if (confirmed == null) {
            throw new CommandFailure(
                    ExitCode.REFUSED_FOR_SAFETY,
                    "a host would lose its power, and it was not said which",
                    "add --confirm HOST with the name of the host behind " + target.name());
        }
        boolean itsHost = levels(confirmed, devices).stream()
                .anyMatch(level -> level.devices().contains(target.device()));
        if (!itsHost) {
            throw new CommandFailure(
                    ExitCode.REFUSED_FOR_SAFETY,
                    "the device " + target.name() + " does not belong to a host called '" + confirmed + "'",
                    "nothing was switched off");
        }
    }

    /** Asks all of them, one after the other. */
    List<Line> ask() {
        List<Line> lines = new ArrayList<>();
        for (Target target : targets) {
            if (!target.device().readsPower()) {
                // Whoever has not watched the slots cannot tell; that is no failure of the device.
                PowerReading none = target.device().readPower(settings.callTimeout());
                lines.add(line(target, "self_fence", "not told", none.took(), none.detail(), true));
                continue;
            }
            for (DeviceFact fact : target.device().facts(settings.callTimeout())) {
                lines.add(line(target, fact));
            }
            PowerReading reading = target.device().readPower(settings.callTimeout());
            boolean good = reading.state() != PowerState.UNKNOWN;
            String answer = reading.state().name().toLowerCase(Locale.ROOT);
            lines.add(line(target, "status", answer, reading.took(), reading.detail(), good));
        }
        return List.copyOf(lines);
    }

    /** Judged as a rehearsal by the controller is. */
    private static Line line(Target target, DeviceFact fact) {
        FenceCheck.Finding found = Findings.of(fact, Instant.now());
        String asked = found.subject().name().toLowerCase(Locale.ROOT);
        boolean good = found.grade() != FenceCheck.Grade.FAIL;
        String answer = switch (found.grade()) {
            case OK -> "well";
            case UNTOLD -> "not told";
            case WARN -> "mend it";
            case FAIL -> "trouble";
        };
        return line(target, asked, answer, found.took(), found.text(), good);
    }

    private static Line line(Target target, String asked, String answer, Duration took, String detail, boolean good) {
        String level = target.level() == 0 ? "" : Integer.toString(target.level());
        return new Line(
                target.name(),
                level,
                asked,
                answer,
                took.toMillis(),
                target.device().name(),
                detail,
                good);
    }

    /**
     * Cuts the power by the only target and reads it back; what was asked before stands first. A device that did not answer
     * well then is given no order.
     */
    List<Line> switchedOff(String host, List<Line> before) {
        Target target = targets.getFirst();
        if (!before.stream().allMatch(Line::good)) {
            List<Line> lines = new ArrayList<>(before);
            lines.add(line(target, OFF, "no order", Duration.ZERO, "nothing was switched off", false));
            return List.copyOf(lines);
        }
        long startNanos = System.nanoTime();
        HostId id = HostId.of(host);
        Fencer fencer = new Fencer(
                FenceDevices.one(Map.of(id, target.device())),
                new InMemoryFenceJournal(),
                (_, _) -> true,
                settings,
                InstantSource.system());
        FenceResult result = fencer.fence(new FenceRequest(
                CaseId.of(UUID.randomUUID()),
                SegmentId.of("rehearsal"),
                id,
                HostEpoch.of(0),
                1,
                new LeaderEpoch(1),
                OFF_LIMIT));
        Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
        List<Line> lines = new ArrayList<>(before);
        lines.add(
                switch (result) {
                    case FenceResult.Proven proven ->
                        line(target, OFF, "proven off", took, proven.proof().evidence(), true);
                    case FenceResult.Failed failed -> line(target, OFF, "failed", took, failed.reason(), false);
                    case FenceResult.Unknown unknown -> line(target, OFF, "unknown", took, unknown.reason(), false);
                });
        return List.copyOf(lines);
    }
}
