package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.server.settings.Durations;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Content;
import io.holdfast.slot.DeviceHeader;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotPlace;
import io.holdfast.slot.SlotReading;
import io.holdfast.slot.file.SlotDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code holdfast slot}: a slot device on the shared storage, from whichever machine reaches it, with or without a controller.
 */
@Command(
        name = "slot",
        mixinStandardHelpOptions = true,
        description = {
            "The slots of hosts on the shared storage: made, looked at, and pills put in by hand.",
            "",
            "Run it on any machine that has the storage. No controller is asked, and none is told."
        })
public final class SlotCommand {

    private static final Duration LOOK_PAUSE = Duration.ofMillis(100);

    private final Terminal terminal;

    public SlotCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** What every verb needs. */
    static final class Where {
        @Parameters(index = "0", paramLabel = "DEVICE", description = "file or block device on the shared storage")
        Path device = Path.of("");

        @Option(
                names = "--offset",
                paramLabel = "BYTES",
                defaultValue = "0",
                description = "where in DEVICE the slots begin, a multiple of 4096; what is in front belongs to others"
                        + " (default: ${DEFAULT-VALUE})")
        long offset;

        @Option(
                names = "--deadline",
                paramLabel = "TIME",
                defaultValue = "5s",
                description = "for each access (default: ${DEFAULT-VALUE})")
        String deadline = "5s";

        @Option(names = "--json", description = "one JSON object instead of text")
        boolean json;

        SlotDevice open() {
            return SlotDevice.open(place(), limit());
        }

        SlotPlace place() {
            SlotPlace.requireOffset("--offset", offset);
            return new SlotPlace(device, offset);
        }

        Duration limit() {
            return Durations.parse(deadline);
        }
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a slot device: a new file, a block device, or a range of one, with zeros where the slots will be.",
                "",
                "What has anything else in it is refused: there may be pills in it, and a forgotten pill can start a guest twice;"
                        + " or somebody else uses it. So is a range that goes beyond the end of the device."
            })
    int create(
            @Mixin Where where,
            @Option(
                            names = "--segment",
                            paramLabel = "NAME",
                            defaultValue = "default",
                            description = "whose hosts use it (default: ${DEFAULT-VALUE})")
                    String segment,
            @Option(
                            names = "--slots",
                            paramLabel = "N",
                            defaultValue = "128",
                            description = "how many hosts have room, 1 to 255 (default: ${DEFAULT-VALUE})")
                    int slots) {
        DeviceHeader made = SlotDevice.create(
                where.place(), SegmentId.of(segment), slots, terminal.clock().instant(), where.limit());
        try (SlotDevice device = where.open()) {
            if (where.json) {
                terminal.out().println(SlotView.header(device));
            } else {
                terminal.out()
                        .println("slot device " + made.id() + " of segment " + made.segment() + ", " + slots
                                + " slots; accesses go " + SlotView.path(device));
                if (!device.pastCaches()) {
                    new Client(terminal)
                            .paragraph(
                                    "Beware: ",
                                    "this file system does not take O_DIRECT, so that what is read may be older than what"
                                            + " stands there. It serves heartbeats; no proof may rest on it.",
                                    terminal.out());
                }
            }
        }
        return ExitCode.OK.code();
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = {
                "Lists the slots that are taken, and those that cannot be read.",
                "",
                "No age stands in a slot. This looks for a while and says whose heartbeat changed meanwhile."
            })
    int list(
            @Mixin Where where,
            @Option(
                            names = "--watch",
                            paramLabel = "TIME",
                            defaultValue = "2s",
                            description = "how long to look (default: ${DEFAULT-VALUE}; 0s looks once)")
                    String watch) {
        try (SlotDevice device = where.open()) {
            List<SlotView> slots = look(device, Durations.parse(watch)).stream()
                    .filter(SlotView::isTaken)
                    .toList();
            if (where.json) {
                ObjectNode answer = SlotView.header(device);
                ArrayNode list = answer.putArray("taken");
                slots.forEach(slot -> list.add(slot.json()));
                terminal.out().println(answer);
                return ExitCode.OK.code();
            }
            Table table = new Table()
                    .rigid("SLOT")
                    .column("HOST")
                    .rigid("STATE")
                    .rigid("BEAT")
                    .rigid("PILL")
                    .column("WATCHDOG")
                    .column("BOOT");
            slots.forEach(slot -> slot.row(table));
            new Client(terminal)
                    .table(
                            table,
                            terminal.out(),
                            "No slot of " + device.header().slots() + " is taken: no agent uses this device yet.");
        }
        return ExitCode.OK.code();
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows everything that stands in one host's slot.")
    int show(
            @Mixin Where where,
            @Parameters(index = "1", paramLabel = "HOST", description = "the host's name") String host,
            @Option(
                            names = "--watch",
                            paramLabel = "TIME",
                            defaultValue = "2s",
                            description = "how long to look (default: ${DEFAULT-VALUE}; 0s looks once)")
                    String watch) {
        HostId whom = HostId.of(host);
        try (SlotDevice device = where.open()) {
            SlotView slot = of(whom, look(device, Durations.parse(watch)));
            if (where.json) {
                terminal.out().println(slot.json());
            } else {
                slot.print(new Client(terminal), terminal.out());
            }
        }
        return ExitCode.OK.code();
    }

    @Command(
            name = "pill",
            mixinStandardHelpOptions = true,
            description = {
                "Orders a host to die, by its slot: its agent resets the machine, and every guest on it with it.",
                "",
                "It is for the present life of the host; after its next boot it means nothing. No guard is asked, and no"
                        + " controller is told. That the host acknowledges it proves nothing."
            })
    int pill(
            @Mixin Where where,
            @Parameters(index = "1", paramLabel = "HOST", description = "the host's name") String host,
            @Option(
                            names = "--reason",
                            required = true,
                            paramLabel = "TEXT",
                            description = "why; stands in the slot, 1 to 300 characters")
                    String reason,
            @Option(names = "--by", paramLabel = "NAME", description = "who (default: the user of this process)")
                    @Nullable
                    String by,
            @Option(
                            names = "--wait",
                            paramLabel = "TIME",
                            defaultValue = "10s",
                            description = "how long to wait for its acknowledgement (default: ${DEFAULT-VALUE})")
                    String wait) {
        HostId whom = HostId.of(host);
        String who = by == null ? System.getProperty("user.name", "unknown") : by;
        Duration patience = Durations.parse(wait);
        try (SlotDevice device = where.open()) {
            SlotView before = of(whom, look(device, Duration.ZERO));
            Claim claim = before.claim()
                    .orElseThrow(() -> new CommandFailure(ExitCode.CONFLICT, before.state(), "try again"));
            Instant now = Instant.ofEpochMilli(terminal.clock().millis());
            Pill pill = new Pill(whom, claim.bootId(), null, LeaderEpoch.ZERO, who, reason, now);
            long sequence = done(device.pill(before.slot(), pill), ExitCode.CONFLICT);
            boolean acknowledged = acknowledged(device, whom, sequence, patience);
            if (where.json) {
                ObjectNode answer = Client.object();
                answer.put("host", host).put("slot", before.slot()).put("bootId", claim.bootId());
                answer.put("pill", sequence)
                        .put("by", who)
                        .put("reason", reason)
                        .put("writtenAt", now.toString());
                terminal.out().println(answer.put("acknowledged", acknowledged));
            } else {
                terminal.out()
                        .println("pill " + sequence + " for " + host + " (boot " + claim.bootId() + ") by " + who
                                + " at " + Text.moment(now.toString()));
                terminal.out()
                        .println(
                                acknowledged
                                        ? host + " has acknowledged it, and dies"
                                        : "no acknowledgement within " + wait
                                                + ": its agent does not run, or does not reach the storage");
            }
            return acknowledged ? ExitCode.OK.code() : ExitCode.FAILED.code();
        }
    }

    @Command(
            name = "clear",
            mixinStandardHelpOptions = true,
            description = {
                "Takes a pill away, once the life that it was for is over.",
                "",
                "That is so when the host has booted since. A pill that is taken from a life which can still write would let a"
                        + " host go on whose guests run elsewhere by now."
            })
    int clear(
            @Mixin Where where,
            @Parameters(index = "1", paramLabel = "HOST", description = "the host's name") String host,
            @Option(
                            names = "--confirm-dead",
                            paramLabel = "HOST",
                            description =
                                    "the host's name again: you have seen yourself that the machine is off, and it did not boot")
                    @Nullable
                    String dead) {
        HostId whom = HostId.of(host);
        try (SlotDevice device = where.open()) {
            SlotView before = of(whom, look(device, Duration.ZERO));
            Pill pill = done(
                    device.clearPill(before.slot(), Optional.ofNullable(dead).map(HostId::of)),
                    before.pill().isPresent() ? ExitCode.REFUSED_FOR_SAFETY : ExitCode.CONFLICT);
            if (where.json) {
                terminal.out().println(Client.object().put("host", host).put("cleared", pill.bootId()));
            } else {
                terminal.out().println("the pill for " + host + " (boot " + pill.bootId() + ") is gone");
            }
        }
        return ExitCode.OK.code();
    }

    // ---- looking

    private static <T> T done(Answer<T> answer, ExitCode whenRefused) {
        return switch (answer) {
            case Answer.Done<T> done -> done.value();
            case Answer.Refused<T> refused -> throw new CommandFailure(whenRefused, refused.reason(), "");
            case Answer.Failed<T> failed ->
                throw new CommandFailure(
                        ExitCode.FAILED, failed.reason(), "it may have been done; look with 'holdfast slot show'");
        };
    }

    private static SlotView of(HostId host, List<SlotView> slots) {
        List<SlotView> own = slots.stream()
                .filter(slot -> slot.claim().map(Claim::host).equals(Optional.of(host)))
                .toList();
        return switch (own.size()) {
            case 1 -> own.getFirst();
            case 0 -> throw new CommandFailure(ExitCode.NOT_FOUND, host + " has no slot on this device", "");
            default ->
                throw new CommandFailure(
                        ExitCode.CONFLICT,
                        host + " has " + own.size() + " slots, and lives in one of them at most",
                        "");
        };
    }

    private static List<SlotReading> once(SlotDevice device) {
        return switch (device.read()) {
            case DeviceReading.Read read -> read.slots();
            case DeviceReading.Unreadable unreadable ->
                throw new CommandFailure(ExitCode.FAILED, "the slots cannot be read: " + unreadable.reason(), "");
        };
    }

    /** Looks at both ends of that time; which heartbeat is another one by then has beaten. */
    private static List<SlotView> look(SlotDevice device, Duration time) {
        List<SlotReading> first = once(device);
        if (time.isZero()) {
            return first.stream().map(SlotView::once).toList();
        }
        LockSupport.parkNanos(time.toNanos());
        List<SlotReading> last = once(device);
        return last.stream()
                .map(slot -> SlotView.of(first.get(slot.slot()), slot, time))
                .toList();
    }

    private static boolean acknowledged(SlotDevice device, HostId host, long pill, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            for (SlotReading slot : once(device)) {
                if (slot.acknowledgement() instanceof Content.Written<Acknowledgement> word
                        && word.value().host().equals(host)
                        && word.value().pill() == pill) {
                    return true;
                }
            }
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_PAUSE.toNanos());
        }
    }
}
