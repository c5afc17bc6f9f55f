package io.holdfast.chaos.scenario;

import io.holdfast.model.HostId;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.core.PlannedStage;
import io.holdfast.server.settings.Keys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Who and what a scenario has, by name: every name in its other files is looked up here. */
final class Cast {

    private static final List<String> SERVICES = List.of("zookeeper", "database");

    private final Start start;

    Cast(Start start) {
        this.start = start;
    }

    HostId host(String name) {
        if (!start.hosts().containsKey(name)) {
            throw Mistake.unknown("host", name, start.hosts().keySet());
        }
        return HostId.of(name);
    }

    /** For events that are about either. */
    HostId hostOrInstance(String name) {
        if (!start.hosts().containsKey(name)) {
            List<String> known = new ArrayList<>(start.hosts().keySet());
            known.addAll(start.instances().keySet());
            throw Mistake.unknown("host or instance", name, known);
        }
        return HostId.of(name);
    }

    HostId hostOrSegment(String name) {
        if (!start.hosts().containsKey(name)) {
            List<String> known = new ArrayList<>(start.hosts().keySet());
            known.add("segment");
            throw Mistake.unknown("host", name, known);
        }
        return HostId.of(name);
    }

    /** An event about a device that the host has not got would be one that does nothing. */
    void fencedBy(HostId host, List<Start.Level> devices) {
        boolean has = Objects.requireNonNull(start.hosts().get(host.value())).fencing().stream()
                .anyMatch(rung -> rung.devices().stream().anyMatch(devices::contains));
        if (!has) {
            throw new Mistake("host " + host + " has no level of fencing with "
                    + String.join(" or ", devices.stream().map(Keys::kebab).toList()));
        }
    }

    void fencesItself(HostId host) {
        if (!Objects.requireNonNull(start.hosts().get(host.value())).fencesItself()) {
            throw new Mistake("host " + host + " has no watchdog: its last level of fencing is not self-fence");
        }
    }

    boolean isInstance(String name) {
        return start.instances().containsKey(name);
    }

    boolean isHost(String name) {
        return start.hosts().containsKey(name);
    }

    /** One or several, a failure domain, or all; never empty. */
    List<HostId> hosts(String words) {
        Set<HostId> found = new LinkedHashSet<>();
        for (String word : words.split(",", -1)) {
            found.addAll(someHosts(word));
        }
        return List.copyOf(found);
    }

    private List<HostId> someHosts(String word) {
        if (word.equals("all")) {
            return start.hosts().keySet().stream().map(HostId::of).toList();
        }
        int colon = word.indexOf(':');
        if (colon < 0) {
            return List.of(host(word));
        }
        String kind = word.substring(0, colon);
        String name = word.substring(colon + 1);
        if (!kind.equals("rack") && !kind.equals("pdu")) {
            throw Mistake.unknown("failure domain", kind, List.of("rack", "pdu"));
        }
        List<HostId> inside = start.hosts().entrySet().stream()
                .filter(each -> name.equals(
                        kind.equals("rack")
                                ? each.getValue().rack()
                                : each.getValue().pdu()))
                .map(each -> HostId.of(each.getKey()))
                .toList();
        if (inside.isEmpty()) {
            Set<String> known = new TreeSet<>();
            start.hosts().values().forEach(host -> {
                String domain = kind.equals("rack") ? host.rack() : host.pdu();
                if (domain != null) {
                    known.add(domain);
                }
            });
            throw Mistake.unknown(kind, name, known);
        }
        return inside;
    }

    String instance(String name) {
        if (!start.instances().containsKey(name)) {
            throw Mistake.unknown("instance", name, start.instances().keySet());
        }
        return name;
    }

    String controller(String name) {
        if (!name.equals("leader") && !start.controllers().contains(name)) {
            List<String> known = new ArrayList<>(start.controllers());
            known.add("leader");
            throw Mistake.unknown("controller", name, known);
        }
        return name;
    }

    /** Hosts, controllers, ZooKeeper, the database. */
    List<String> nodes(String words) {
        Set<String> found = new LinkedHashSet<>();
        for (String word : words.split(",", -1)) {
            if (SERVICES.contains(word)
                    || word.equals("leader")
                    || start.controllers().contains(word)) {
                found.add(word);
            } else if (word.contains(":") || word.equals("all") || start.hosts().containsKey(word)) {
                someHosts(word).forEach(host -> found.add(host.value()));
            } else {
                List<String> known = new ArrayList<>(start.hosts().keySet());
                known.addAll(start.controllers());
                known.addAll(SERVICES);
                known.addAll(List.of("leader", "all"));
                throw Mistake.unknown("host or controller", word, known);
            }
        }
        return List.copyOf(found);
    }

    Set<Start.Traffic> network(String name) {
        List<Start.Traffic> carries = start.networks().get(name);
        if (carries == null) {
            throw Mistake.unknown(
                    "network", name, new TreeSet<>(start.networks().keySet()));
        }
        return carries.isEmpty() ? EnumSet.noneOf(Start.Traffic.class) : EnumSet.copyOf(carries);
    }

    /** A state of a case, as the runbook writes it. */
    static String phase(String word) {
        List<String> known = words(Phase.class);
        if (!known.contains(word)) {
            throw Mistake.unknown("state of a case", word, known);
        }
        return word;
    }

    /** A state of an instance in a case or on a planned move, as the runbook writes it. */
    static String move(String word) {
        List<String> known = moves();
        if (!known.contains(word)) {
            throw Mistake.unknown("state of an instance in a case or a planned move", word, known);
        }
        return word;
    }

    static boolean isPhase(String word) {
        return words(Phase.class).contains(word);
    }

    static boolean isMove(String word) {
        return moves().contains(word);
    }

    static List<String> phases() {
        return words(Phase.class);
    }

    static List<String> moves() {
        return Stream.concat(words(MoveState.class).stream(), words(PlannedStage.class).stream())
                .distinct()
                .toList();
    }

    /** {@code FenceBackoff} is FENCE_BACKOFF: taken from the machines, so that a new state is a known word at once. */
    private static List<String> words(Class<?> sealed) {
        return leaves(sealed)
                .map(type -> type.getSimpleName()
                        .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                        .toUpperCase(Locale.ROOT))
                .distinct()
                .toList();
    }

    private static Stream<Class<?>> leaves(Class<?> type) {
        Class<?>[] below = type.getPermittedSubclasses();
        return below == null ? Stream.of(type) : Arrays.stream(below).flatMap(Cast::leaves);
    }
}
