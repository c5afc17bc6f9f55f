package io.holdfast.chaos.scenario;

import io.holdfast.chaos.scenario.Start.Group;
import io.holdfast.chaos.scenario.Start.Host;
import io.holdfast.chaos.scenario.Start.Instance;
import io.holdfast.chaos.scenario.Start.Level;
import io.holdfast.chaos.scenario.Start.Traffic;
import io.holdfast.chaos.sim.Owners;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.RecoveryTerms;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.recovery.RecoveryMethod;
import io.holdfast.scheduler.PlacementRules;
import io.holdfast.server.settings.Durations;
import io.holdfast.server.settings.Keys;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Does a start state make sense in itself, and can the product do all of it? */
final class StartCheck {

    private static final Set<String> RESERVED = Set.of("all", "leader", "segment", "stopped", "zookeeper", "database");

    private final Start start;
    private final Cast cast;
    private final BiConsumer<String, String> mistakes;

    /** @param mistakes takes the path of a mistake in the file, and what is wrong */
    StartCheck(Start start, BiConsumer<String, String> mistakes) {
        this.start = start;
        this.cast = new Cast(start);
        this.mistakes = mistakes;
    }

    void run() {
        names();
        networks();
        start.hosts().forEach(this::host);
        start.instances().forEach(this::instance);
        room();
        Map<String, String> groupOf = new HashMap<>();
        start.groups().forEach((name, group) -> {
            group(name, group, groupOf);
            spread(name, group);
        });
        start.instances().keySet().forEach(this::noCircle);
    }

    private void names() {
        if (start.hosts().isEmpty()) {
            mistakes.accept("hosts", "hosts is missing: a scenario has one host or more");
        }
        Map<String, String> kinds = new HashMap<>();
        start.hosts().keySet().forEach(name -> name("hosts." + name, "host", name, kinds));
        start.controllers().forEach(name -> name("controllers", "controller", name, kinds));
        start.instances().keySet().forEach(name -> name("instances." + name, "instance", name, kinds));
    }

    private void name(String path, String kind, String name, Map<String, String> kinds) {
        try {
            HostId.of(name);
        } catch (IllegalArgumentException e) {
            mistakes.accept(
                    path,
                    "'" + name + "' is not a name (1 to 63 letters, digits, dots, hyphens or"
                            + " underscores, starting with a letter or digit)");
        }
        if (RESERVED.contains(name)) {
            mistakes.accept(path, "'" + name + "' has a meaning of its own in events and cannot be a name");
        }
        String before = kinds.putIfAbsent(name, kind);
        if (before != null) {
            mistakes.accept(path, "'" + name + "' is the name of two things: " + before + " and " + kind);
        }
    }

    private void networks() {
        for (Traffic traffic : Traffic.values()) {
            List<String> carriers = start.networks().entrySet().stream()
                    .filter(each -> each.getValue().contains(traffic))
                    .map(Map.Entry::getKey)
                    .sorted()
                    .toList();
            String word = Keys.kebab(traffic);
            if (carriers.isEmpty()) {
                mistakes.accept("networks", "no network carries '" + word + "'");
            } else if (carriers.size() > 1) {
                mistakes.accept(
                        "networks." + carriers.getLast(),
                        "'" + word + "' is carried by " + String.join(" and ", carriers) + "; one network carries it");
            }
        }
    }

    private void host(String name, Host host) {
        attempt("hosts." + name + ".bmc", () -> EventLines.bmc(host.bmc()));
        fencing("hosts." + name + ".fencing", host);
        attempt("hosts." + name + ".rack", () -> domain("rack", host.rack()));
        attempt("hosts." + name + ".pdu", () -> domain("pdu", host.pdu()));
        if (host.reserved()) {
            reserved("hosts." + name + ".reserved", name);
        }
    }

    private void reserved(String path, String name) {
        if (start.recoveryMethod() == RecoveryMethod.AUTO) {
            mistakes.accept(
                    path,
                    "nobody would ever be given a reserved host: with which 'recovery-method' are failures answered"
                            + " (reserved-host, auto-priority or rh-priority)?");
        }
        start.instances().forEach((instance, is) -> {
            if (name.equals(is.on())) {
                mistakes.accept(path, instance + " is on " + name + " at the start, and nobody is on a reserved host");
            }
        });
    }

    private void fencing(String path, Host host) {
        List<Level> all =
                host.fencing().stream().flatMap(rung -> rung.devices().stream()).toList();
        if (all.contains(Level.SELF_FENCE)) {
            selfFence(path, host);
        } else if (!host.watchdog()) {
            mistakes.accept(path, "'watchdog: false' says something only of a host whose last level is 'self-fence'");
        }
        if (host.fencing().stream().anyMatch(rung -> rung.devices().isEmpty())) {
            mistakes.accept(path, "a level has one device or more");
        }
        if (all.size() != new HashSet<>(all).size()) {
            mistakes.accept(path, "a device is named twice");
        }
        if (all.contains(Level.PDU) && host.pdu() == null) {
            mistakes.accept(path, "an outlet needs a power distribution unit: which 'pdu' feeds the host?");
        }
        // With two supplies neither outlet alone ever isolates the host.
        if (all.contains(Level.PDU_B)
                && host.fencing().stream()
                        .noneMatch(rung -> rung.devices().containsAll(List.of(Level.PDU, Level.PDU_B)))) {
            mistakes.accept(path, "'pdu' and 'pdu-b' feed the same host, so they belong into one level: [pdu, pdu-b]");
        }
    }

    /** As the product refuses it at its start: a level that waits for the bound has to have the time to. */
    private void selfFence(String path, Host host) {
        if (!host.fencesItself() || host.fencing().getLast().devices().size() > 1) {
            mistakes.accept(path, "'self-fence' is a level of its own, and the last one");
        }
        FencingSettings fencing = FencingSettings.defaults();
        Duration needed = fencing.slot()
                .levelTime()
                .plus(fencing.callTimeout().multipliedBy(host.fencing().size() - 1));
        Duration whole = start.settings().recovery().fenceDeadline();
        if (needed.compareTo(whole) > 0) {
            mistakes.accept(
                    path,
                    "these levels take up to " + Durations.format(needed)
                            + ", more than settings.recovery.fence-deadline (" + Durations.format(whole) + ")");
        }
    }

    private static void domain(String kind, @Nullable String name) {
        if (name != null) {
            try {
                FailureDomains ignored = new FailureDomains(Map.of(kind, name));
            } catch (IllegalArgumentException e) {
                throw new Mistake(String.valueOf(e.getMessage()).replaceFirst("^failure-domains: ", ""));
            }
        }
    }

    private void instance(String name, Instance instance) {
        String path = "instances." + name;
        String on = instance.on();
        if (on == null) {
            mistakes.accept(path, path + ".on is missing: on which host is it at the start?");
        } else {
            attempt(path + ".on", () -> {
                cast.host(on);
                Host host = start.hosts().get(on);
                if (host != null && host.power() == Start.Power.OFF) {
                    throw new Mistake("host " + on + " has no power at the start, so nothing can be there");
                }
            });
        }
        for (int i = 0; i < instance.dependsOn().size(); i++) {
            String other = instance.dependsOn().get(i);
            attempt(path + ".depends-on[" + i + "]", () -> cast.instance(other));
        }
        near(path + ".same-host", instance, instance.sameHost(), true);
        near(path + ".different-host", instance, instance.differentHost(), false);
        if (instance.sameProject()) {
            near(path + ".same-project", instance, older(name), true);
        }
        Host home = on == null ? null : start.hosts().get(on);
        if (home != null) {
            Map<String, Set<String>> has = new HashMap<>();
            home.aggregate().forEach((key, value) -> has.put(key, Set.of(value)));
            PlacementRules rules = new PlacementRules(
                    Set.of(),
                    Set.of(),
                    Map.of(),
                    HostWish.ofAggregates(instance.needs()),
                    null,
                    Owners.PROJECTS.getFirst());
            if (!rules.suit(has, Set.of(), Set.of())) {
                mistakes.accept(
                        path + ".needs", "its home " + on + " is in no aggregate that has it, or is kept for others");
            }
        }
        attempt(path, () -> {
            try {
                RecoveryTerms ignored = TermsRule.parse(instance.metadata());
            } catch (ComputeException e) {
                throw new Mistake(String.valueOf(e.getMessage()).replace("metadata " + TermsRule.PREFIX, ""));
            }
        });
    }

    /** Those that are named before it. */
    private List<String> older(String name) {
        return start.instances().keySet().stream()
                .takeWhile(other -> !other.equals(name))
                .toList();
    }

    /** The start keeps what is asked for all its life. */
    private void near(String path, Instance instance, List<String> others, boolean same) {
        Set<String> homes = new HashSet<>();
        for (int i = 0; i < others.size(); i++) {
            String other = others.get(i);
            attempt(path + "[" + i + "]", () -> cast.instance(other));
            Instance there = start.instances().get(other);
            if (there != null && there.on() != null) {
                homes.add(there.on());
            }
        }
        if (instance.on() != null && !homes.isEmpty() && homes.contains(instance.on()) != same) {
            mistakes.accept(path, "the start breaks it: " + String.join(", ", others) + " on " + homes);
        }
    }

    private void room() {
        start.hosts().forEach((name, host) -> {
            int memoryMib = start.instances().values().stream()
                    .filter(instance -> name.equals(instance.on()))
                    .mapToInt(Instance::memoryMib)
                    .sum();
            if (memoryMib > host.memoryMib()) {
                mistakes.accept(
                        "hosts." + name,
                        "its instances need " + memoryMib + " MiB at the start, and it offers " + host.memoryMib());
            }
        });
    }

    private void group(String name, Group group, Map<String, String> groupOf) {
        String path = "groups." + name + ".members";
        Set<String> homes = new HashSet<>();
        int known = 0;
        for (int i = 0; i < group.members().size(); i++) {
            String member = group.members().get(i);
            attempt(path + "[" + i + "]", () -> cast.instance(member));
            Instance instance = start.instances().get(member);
            if (instance != null && instance.on() != null) {
                homes.add(instance.on());
                known++;
            }
            String other = groupOf.put(member, name);
            if (other != null) {
                mistakes.accept(path + "[" + i + "]", member + " is in the group '" + other + "' already");
            }
        }
        boolean broken = group.rule() == Start.Rule.APART ? homes.size() < known : homes.size() > 1;
        if (broken && group.strength() == Start.Strength.STRICT) {
            mistakes.accept(path, "the start breaks the strict group '" + name + "'");
        }
    }

    /** Those who are apart by their racks at the start stay so; where one's rack is not said, nothing is known to be kept. */
    private void spread(String name, Group group) {
        for (String kind : group.spread()) {
            Set<String> domains = new HashSet<>();
            for (String member : group.members()) {
                Instance instance = start.instances().get(member);
                String on = instance == null ? null : instance.on();
                Start.Host home = on == null ? null : start.hosts().get(on);
                if (home == null) {
                    continue;
                }
                String domain = home.domains().names().get(kind);
                if (domain == null || !domains.add(domain)) {
                    mistakes.accept(
                            "groups." + name + ".spread",
                            domain == null
                                    ? "nobody says in which " + kind + " " + on + " is"
                                    : "the start has two of '" + name + "' in " + kind + " " + domain);
                    return;
                }
            }
        }
    }

    private void noCircle(String name) {
        Set<String> seen = new HashSet<>();
        if (needs(name, name, seen)) {
            mistakes.accept(
                    "instances." + name + ".depends-on",
                    name + " depends on itself or names itself in a hint, if only by way of others");
        }
    }

    private boolean needs(String name, String wanted, Set<String> seen) {
        Instance instance = start.instances().get(name);
        if (instance == null) {
            return false;
        }
        for (String other : instance.names()) {
            if (other.equals(wanted) || (seen.add(other) && needs(other, wanted, seen))) {
                return true;
            }
        }
        return false;
    }

    private void attempt(String path, Runnable check) {
        try {
            check.run();
        } catch (Mistake mistake) {
            mistakes.accept(path, mistake.text());
        }
    }
}
