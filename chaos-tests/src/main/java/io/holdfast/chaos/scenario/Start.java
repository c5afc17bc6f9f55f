package io.holdfast.chaos.scenario;

import io.holdfast.compute.core.TermsRule;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.RecoveryMethod;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is there when a scenario begins: {@code start.yaml}. Each component is a key, in kebab case.
 *
 * @param seed of the simulator's small delays, 0 or more, default 1; the same seed tells the same story
 * @param networks by name, what each carries; default {@code management: [control]}, {@code storage:
 *     [storage]}, {@code oob: [power]}
 * @param controllers names of the controllers, the first one leads at the start; default one, {@code c1}
 * @param armed whether the segment's recovery acts at the start, or stands disarmed, default {@code armed}
 * @param recoveryMethod which hosts may be given the instances of one that fails, in Masakari's words, default {@code auto}
 * @param hosts by name, at least one
 * @param groups by name, instances that want to be together or apart; default none
 * @param instances by name; default none
 * @param settings how patient and how bold the product is; default the product's own defaults
 */
public record Start(
        long seed,
        Map<String, List<Traffic>> networks,
        List<String> controllers,
        Armed armed,
        RecoveryMethod recoveryMethod,
        Map<String, Host> hosts,
        Map<String, Group> groups,
        Map<String, Instance> instances,
        Settings settings) {

    public Start {
        if (seed < 0) {
            throw new IllegalArgumentException("seed must not be negative, is " + seed);
        }
        if (controllers.isEmpty() || controllers.size() > 5) {
            throw new IllegalArgumentException("controllers must name 1 to 5 controllers");
        }
    }

    public static Start defaults() {
        return new Start(
                1,
                Map.of(
                        "management", List.of(Traffic.CONTROL),
                        "storage", List.of(Traffic.STORAGE),
                        "oob", List.of(Traffic.POWER)),
                List.of("c1"),
                Armed.ARMED,
                RecoveryMethod.AUTO,
                Map.of(),
                Map.of(),
                Map.of(),
                Settings.defaults());
    }

    Start withSeed(long other) {
        return new Start(other, networks, controllers, armed, recoveryMethod, hosts, groups, instances, settings);
    }

    /** What goes over a network. */
    public enum Traffic {
        /** Leases, the group's heartbeats, orders to agents and their reports, and the database of the controllers. */
        CONTROL,
        /** A host's way to the shared storage. */
        STORAGE,
        /** The controllers' way to the power devices of hosts. */
        POWER
    }

    /** Whether the segment's recovery acts. */
    public enum Armed {
        /** It acts. */
        ARMED,
        /** It opens cases and holds them until it is armed again. */
        FREEZE,
        /** It takes no notice of failures until it is armed again. */
        IGNORE
    }

    /**
     * One host.
     *
     * @param vcpus offered to instances, 1 or more, default 16
     * @param memoryMib offered to instances, 1 or more, default 65536
     * @param rack its rack, a failure domain; default none
     * @param pdu its power distribution unit, a failure domain; default none
     * @param power {@code on} or {@code off} at the start, default {@code on}; a host that is off has never been seen
     * @param supervisor whether a supervisor watches its agent, and answers for the host when it is called, default false
     * @param maintenance whether an operator has it in maintenance, default false
     * @param disabled whether an operator has taken it out of service, default false
     * @param reserved whether it is kept for the instances of a host that fails, default false
     * @param aggregate what the host aggregates say that it is in, by key; default nothing
     * @param fencing the levels that isolate it, tried in this order, each with one device or a list of several that all
     *     have to prove; default {@code [bmc]}, empty when nobody has told the controllers of any
     * @param watchdog whether a host whose last level is {@code self-fence} arms its watchdog, default true
     * @param bmc how its management controller behaves at the start, in the words of the event {@code bmc}; default
     *     {@code well}
     */
    public record Host(
            int vcpus,
            int memoryMib,
            @Nullable String rack,
            @Nullable String pdu,
            Power power,
            boolean supervisor,
            boolean maintenance,
            boolean disabled,
            boolean reserved,
            Map<String, String> aggregate,
            List<Rung> fencing,
            boolean watchdog,
            String bmc) {

        public Host {
            if (vcpus < 1) {
                throw new IllegalArgumentException("vcpus must be 1 or more, is " + vcpus);
            }
            if (memoryMib < 1) {
                throw new IllegalArgumentException("memory-mib must be 1 or more, is " + memoryMib);
            }
        }

        public static Host defaults() {
            return new Host(
                    16,
                    65_536,
                    null,
                    null,
                    Power.ON,
                    false,
                    false,
                    false,
                    false,
                    Map.of(),
                    List.of(new Rung(List.of(Level.BMC))),
                    true,
                    "well");
        }

        /** Whether its last level is that it stops itself. */
        boolean fencesItself() {
            return !fencing.isEmpty() && fencing.getLast().devices().contains(Level.SELF_FENCE);
        }

        /** As its agent tells them. */
        FailureDomains domains() {
            Map<String, String> names = new LinkedHashMap<>();
            if (rack != null) {
                names.put("rack", rack);
            }
            if (pdu != null) {
                names.put("pdu", pdu);
            }
            return new FailureDomains(names);
        }
    }

    /** Whether a host has power. */
    public enum Power {
        ON,
        OFF
    }

    /**
     * A level of fencing.
     *
     * @param devices one or more; all of them have to prove
     */
    public record Rung(List<Level> devices) {}

    /** What isolates a host. */
    public enum Level {
        /** Its management controller, by IPMI. */
        BMC,
        /** The outlet of its supply, or of its first one, at the power distribution unit that {@code pdu} names. */
        PDU,
        /** The outlet of its second supply, at another power distribution unit. */
        PDU_B,
        /** The manager of its chassis, which switches it from outside. */
        CHASSIS,
        /** It is told by its slot on the shared storage to stop itself, and watched until its watchdog has certainly reset it. */
        SELF_FENCE
    }

    /**
     * Instances that want to be on the same host, or on different ones.
     *
     * @param rule {@code together} or {@code apart}
     * @param strength {@code strict} is never broken; {@code soft} is broken rather than leaving an instance down. Default
     *     {@code strict}
     * @param spread kinds of failure domain, {@code rack} or {@code pdu}, that no two of them may share, ever; default none. Not with
     *     {@code together}
     * @param members names of instances, two or more
     */
    public record Group(Rule rule, Strength strength, List<String> spread, List<String> members) {

        public Group {
            if (!spread.isEmpty() && rule == Rule.TOGETHER) {
                throw new IllegalArgumentException("spread cannot be kept by instances that want to be together");
            }
            if (members.size() < 2) {
                throw new IllegalArgumentException("members must name two or more instances");
            }
        }

        GroupPolicy policy() {
            return switch (rule) {
                case TOGETHER -> strength == Strength.STRICT ? GroupPolicy.AFFINITY : GroupPolicy.SOFT_AFFINITY;
                case APART -> strength == Strength.STRICT ? GroupPolicy.ANTI_AFFINITY : GroupPolicy.SOFT_ANTI_AFFINITY;
            };
        }

        public static Group defaults() {
            return new Group(Rule.APART, Strength.STRICT, List.of(), List.of("", ""));
        }
    }

    /** What a group wants. */
    public enum Rule {
        TOGETHER,
        APART
    }

    /** What happens when a group cannot have it. */
    public enum Strength {
        STRICT,
        SOFT
    }

    /**
     * One instance.
     *
     * @param on the host it runs on at the start; there is no default
     * @param policy {@code automatic}, {@code notify} or {@code none}, default {@code automatic}
     * @param wanted {@code running} or {@code stopped}, default {@code running}
     * @param vcpus 1 or more, default 1
     * @param memoryMib 1 or more, default 1024
     * @param priority the more important ones are started first; 0 to 1000; by default its owner says nothing
     * @param dependsOn instances that must be ready before it is started; default none
     * @param ready what makes it ready for those that depend on it: {@code running}, {@code heartbeat} or {@code
     *     after:SECONDS}; default {@code running}
     * @param onHostFailure {@code running}, or {@code stopped} when only its home shall move; default {@code running}
     * @param restartLimit further tries on a home that could not start it, 0 to 10, before another home is sought; by
     *     default its owner says nothing
     * @param relocateLimit homes tried for it before a human is called, 1 to 20; by default {@code
     *     recovery.start-attempts}
     * @param failback whether it goes back to its old home by itself; default false
     * @param sameHost instances of which one must be where it is; default none
     * @param differentHost instances that must never be where it is; default none
     * @param sameProject whether it must be where an older one is, which is one that is named before it; all belong to one project. Default
     *     false
     * @param needs what its flavor wants of hosts' aggregates, by key, in Nova's operators; default nothing
     * @param say {@code SECONDS}, {@code SECONDS:ANSWER} or {@code never}: whether its consumer is asked; by default its owner
     *     says nothing
     */
    public record Instance(
            @Nullable String on,
            RecoveryPolicy policy,
            Wanted wanted,
            int vcpus,
            int memoryMib,
            @Nullable Integer priority,
            List<String> dependsOn,
            String ready,
            Wanted onHostFailure,
            @Nullable Integer restartLimit,
            @Nullable Integer relocateLimit,
            boolean failback,
            List<String> sameHost,
            List<String> differentHost,
            boolean sameProject,
            Map<String, String> needs,
            @Nullable String say) {

        public Instance {
            if (vcpus < 1) {
                throw new IllegalArgumentException("vcpus must be 1 or more, is " + vcpus);
            }
            if (memoryMib < 1) {
                throw new IllegalArgumentException("memory-mib must be 1 or more, is " + memoryMib);
            }
            within("priority", priority, 0, 1000);
            within("restart-limit", restartLimit, 0, 10);
            within("relocate-limit", relocateLimit, 1, 20);
        }

        /** Those that have to be there before it is created: an owner can only name what is there. */
        List<String> names() {
            return Stream.of(dependsOn, sameHost, differentHost)
                    .flatMap(List::stream)
                    .toList();
        }

        /** What its owner writes down, in the product's words. */
        Map<String, String> metadata() {
            Map<String, String> words = new LinkedHashMap<>();
            say(words, TermsRule.PRIORITY, priority);
            say(words, TermsRule.DEPENDS_ON, dependsOn.isEmpty() ? null : String.join(",", dependsOn));
            say(words, TermsRule.READY, ready.equals("running") ? null : ready);
            say(words, TermsRule.ON_HOST_FAILURE, onHostFailure == Wanted.STOPPED ? "stopped" : null);
            say(words, TermsRule.RESTART_LIMIT, restartLimit);
            say(words, TermsRule.RELOCATE_LIMIT, relocateLimit);
            say(words, TermsRule.FAILBACK, failback ? "true" : null);
            say(words, TermsRule.SAY, say);
            return words;
        }

        private static void say(Map<String, String> words, String key, @Nullable Object value) {
            if (value != null) {
                words.put(key, value.toString());
            }
        }

        private static void within(String key, @Nullable Integer value, int least, int most) {
            if (value != null && (value < least || value > most)) {
                throw new IllegalArgumentException(
                        key + " must be between " + least + " and " + most + ", is " + value);
            }
        }

        public static Instance defaults() {
            return new Instance(
                    null,
                    RecoveryPolicy.AUTOMATIC,
                    Wanted.RUNNING,
                    1,
                    1024,
                    null,
                    List.of(),
                    "running",
                    Wanted.RUNNING,
                    null,
                    null,
                    false,
                    List.of(),
                    List.of(),
                    false,
                    Map.of(),
                    null);
        }
    }

    /** What its owner wants. */
    public enum Wanted {
        RUNNING,
        STOPPED
    }

    /** The product's settings, section by section, each with the product's own keys and defaults. */
    public record Settings(MembershipSettings membership, RecoverySettings recovery, SchedulerSettings scheduler) {

        public static Settings defaults() {
            return new Settings(
                    MembershipSettings.defaults(), RecoverySettings.defaults(), SchedulerSettings.defaults());
        }
    }
}
