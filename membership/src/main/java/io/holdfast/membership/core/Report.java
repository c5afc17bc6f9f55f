package io.holdfast.membership.core;

import io.holdfast.membership.Evidence;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.HostStatus;
import io.holdfast.membership.Network;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.Signal;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is held about the hosts, in words for people and for the other parts. Pure, and decides nothing. */
final class Report {

    private Report() {}

    /** The hosts as people and other parts see them. */
    static List<HostStatus> hosts(State state, Readings readings, Moment now) {
        List<HostStatus> statuses = new ArrayList<>();
        for (HostView host : state.hosts) {
            HostHealth health = switch (host.standing()) {
                case Standing.Absent _ -> HostHealth.ABSENT;
                case Standing.Expected _ -> HostHealth.ABSENT;
                // Until it is told, it is for everybody what it was.
                case Standing.Alive _, Standing.Missed _ -> HostHealth.ALIVE;
                case Standing.Suspected _ -> HostHealth.SUSPECTED;
                case Standing.Held _ -> HostHealth.SUSPECTED;
                case Standing.Degraded _ -> HostHealth.DEGRADED;
                case Standing.Isolated _ -> HostHealth.ISOLATED;
                case Standing.Lost _ -> HostHealth.LOST;
            };
            String reason = switch (host.standing()) {
                case Standing.Absent absent -> absent.left() ? "the agent took its leave" : "never seen";
                case Standing.Expected _ -> "not seen yet by this controller";
                case Standing.Alive _ -> "";
                case Standing.Missed _ -> "a signal is missing, and the host is being asked";
                case Standing.Suspected _ -> "a signal is missing";
                case Standing.Held held -> "held: " + held.doubt().text();
                case Standing.Degraded degraded -> degraded.row().says();
                case Standing.Isolated isolated -> isolated.row().says();
                case Standing.Lost lost -> lost.reason();
            };
            HealthRow row = switch (host.standing()) {
                case Standing.Absent _, Standing.Expected _ -> null;
                case Standing.Alive _, Standing.Missed _, Standing.Suspected _, Standing.Held _ ->
                    readings.row(host, now);
                case Standing.Degraded degraded -> degraded.row();
                case Standing.Isolated isolated -> isolated.row();
                case Standing.Lost lost -> lost.row();
            };
            List<Evidence> evidence = host.standing() instanceof Standing.Lost lost
                    ? evidence(lost, host, now)
                    : evidence(host, state.observer, now);
            statuses.add(new HostStatus(
                    host.id(),
                    health,
                    row,
                    host.isWell(),
                    reason,
                    evidence,
                    host.registration(),
                    since(host.standing()).wall()));
        }
        return List.copyOf(statuses);
    }

    private static Moment since(Standing standing) {
        return standing instanceof Standing.Missed missed ? missed.aliveSince() : standing.since();
    }

    /** Which of the signals that are watched, and need not be asked for, show the host now, whatever its standing. */
    static List<Evidence> present(State state, HostId id, Moment now) {
        HostView host = state.hosts.get(id);
        if (host == null) {
            return List.of();
        }
        List<Evidence> present = new ArrayList<>();
        if (host.lease() instanceof Presence.Present) {
            present.add(lease(host, state.observer, now));
        }
        host.places().each().forEach((network, place) -> {
            if (place instanceof Presence.Present) {
                present.add(of(
                        Signal.GROUP,
                        network.name(),
                        place,
                        state.observer.on(network).seenAt(),
                        now));
            }
        });
        return List.copyOf(present);
    }

    /** What condemned it, and what its guests' disks show since: whoever is about to say that it is dead wants to know. */
    private static List<Evidence> evidence(Standing.Lost lost, HostView host, Moment now) {
        List<Evidence> evidence = new ArrayList<>(lost.evidence());
        guests(host, Signal.GUESTS.source() + " since the verdict", now).ifPresent(evidence::add);
        return List.copyOf(evidence);
    }

    private static Optional<Evidence> guests(HostView host, String source, Moment now) {
        Guests guests = host.signs().guests();
        Moment asked = guests.newestAskedAt();
        String seen = Guests.countedSince(host.standing()) == null ? "" : guests.text(now);
        return seen.isEmpty() || asked == null
                ? Optional.empty()
                : Optional.of(new Evidence(Signal.GUESTS, source, seen, asked.wall(), asked.nanos()));
    }

    static List<Evidence> evidence(HostView host, Observer observer, Moment now) {
        List<Evidence> evidence = new ArrayList<>();
        evidence.add(lease(host, observer, now));
        Map<Network, Presence> places = host.places().each();
        if (places.isEmpty()) {
            Moment seenAt = observer.on(Network.MANAGEMENT).seenAt();
            evidence.add(of(Signal.GROUP, Signal.GROUP.source(), host.group(), seenAt, now));
        }
        places.keySet().stream()
                .sorted()
                .forEach(network -> evidence.add(
                        place(host.places(), network, observer.on(network).seenAt(), now)));
        Reachability probe = host.probe().answer();
        Moment probedSince = host.probe().sameSince();
        if (probe != null && probedSince != null) {
            String reading = switch (probe) {
                case ANSWERED -> "its supervisor answers";
                case MUTE -> "accepts connections and answers nothing for " + text(now.since(probedSince));
                case ACCEPTED -> "accepts connections";
                case REFUSED -> "refuses connections: the kernel lives";
                case SILENT -> "silent for " + text(now.since(probedSince));
                case UNKNOWN -> "cannot be asked from here";
            };
            evidence.add(new Evidence(
                    Signal.PROBE,
                    reading,
                    probedSince.wall(),
                    nanos(host.probe().latestAskedAt())));
        }
        PowerState power = host.power().answer();
        Moment poweredSince = host.power().sameSince();
        if (power != null && poweredSince != null) {
            String reading = switch (power) {
                case ON -> "power on";
                case OFF -> "power off";
                case UNKNOWN -> "power unknown";
            };
            evidence.add(new Evidence(
                    Signal.POWER,
                    reading,
                    poweredSince.wall(),
                    nanos(host.power().latestAskedAt())));
        }
        evidence.addAll(told(host, now));
        return evidence;
    }

    /** What its slot, its guests' disks, its management controller and its own agent say. */
    private static List<Evidence> told(HostView host, Moment now) {
        List<Evidence> told = new ArrayList<>();
        Signs.Slot slot = host.signs().slot();
        if (slot != null) {
            told.add(new Evidence(
                    Signal.SLOT,
                    slot.sign().text(),
                    slot.since().wall(),
                    slot.readAt().nanos()));
        }
        guests(host, Signal.GUESTS.source(), now).ifPresent(told::add);
        Signs.Hardware hardware = host.signs().hardware();
        if (hardware != null) {
            told.add(new Evidence(
                    Signal.HARDWARE,
                    hardware.sign().source(),
                    hardware.sign().text(),
                    hardware.since().wall(),
                    hardware.readAt().nanos()));
        }
        Signs.Words words = host.words();
        if (words != null) {
            String source = Signal.HEALTH.source() + " " + words.agentSession();
            words.words()
                    .forEach(word -> told.add(new Evidence(
                            Signal.HEALTH,
                            source,
                            AgentWords.text(words, word, now),
                            word.since().wall(),
                            words.heardAt().nanos())));
        }
        return told;
    }

    private static Evidence lease(HostView host, Observer observer, Moment now) {
        return of(Signal.LEASE, Signal.LEASE.source(), host.lease(), observer.leasesSeenAt(), now);
    }

    private static Evidence place(Places places, Network network, @Nullable Moment seenAt, Moment now) {
        Evidence place = of(Signal.GROUP, network.name(), places.on(network), seenAt, now);
        String word = places.words().get(network);
        return word == null
                ? place
                : new Evidence(
                        place.signal(),
                        place.source(),
                        place.reading() + ", " + word,
                        place.since(),
                        place.observedNanos());
    }

    private static Evidence of(
            Signal signal, String source, Presence presence, @Nullable Moment observedAt, Moment now) {
        String reading = switch (presence) {
            case Presence.Never never -> "never seen";
            case Presence.Present present -> "present";
            case Presence.Absent absent -> "absent for " + text(now.since(absent.since()));
            case Presence.Unknown unknown -> "unknown: this controller could not have heard it";
        };
        return new Evidence(signal, source, reading, presence.since().wall(), nanos(observedAt));
    }

    private static @Nullable Long nanos(@Nullable Moment moment) {
        return moment == null ? null : Long.valueOf(moment.nanos());
    }

    private static String text(Duration duration) {
        return duration.toMillis() + " ms";
    }

    /** On one line. */
    static String readings(List<Evidence> evidence) {
        return evidence.stream().map(Evidence::text).collect(Collectors.joining(", "));
    }
}
