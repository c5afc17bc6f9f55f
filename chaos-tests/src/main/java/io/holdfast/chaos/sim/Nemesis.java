package io.holdfast.chaos.sim;

import io.holdfast.chaos.sim.Network.Net;
import io.holdfast.chaos.sim.Network.Trouble;
import io.holdfast.compute.Instance;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Brings about the faults of a seed: about half of those that may happen, each at times of its own, each from dice of its
 * own. When the core heals, the networks between what lives are repaired, controllers, ZooKeeper, database and storage
 * work, and whatever else is broken stays so.
 */
public final class Nemesis implements World.Chaos {

    private static final Duration SECOND = Duration.ofSeconds(1);

    /** Ways in which hosts fail that a record of failures takes the place of. */
    private static final Set<Fault> RECORDED =
            Set.of(Fault.HOST_POWER, Fault.KERNEL_HANG, Fault.HOST_PARTITION, Fault.RACK);

    private final Faults allowed;
    private final boolean everything;
    private final @Nullable HistoricFailures failures;
    private Faults chosen = Faults.none();
    private boolean healed;
    private @Nullable OperatorAtWork atWork;

    /**
     * @param everything whether a seed has all allowed faults, rather than half of them
     * @param failures recorded failures of hosts, in the place of the built-in kinds; null without
     */
    public Nemesis(Faults allowed, boolean everything, @Nullable HistoricFailures failures) {
        this.failures = failures;
        this.allowed = allowed;
        this.everything = everything;
    }

    public Faults chosen() {
        return chosen;
    }

    @Override
    public void begin(World world) {
        Dice dice = world.dice("choice of faults");
        EnumSet<Fault> on = EnumSet.noneOf(Fault.class);
        for (Fault fault : Fault.values()) {
            if (dice.chance(0.5) || everything) {
                on.add(fault);
            }
        }
        on.retainAll(allowed.on());
        if (failures != null) {
            on.removeAll(RECORDED);
        }
        chosen = new Faults(on);
        world.story().tell("world", "faults: " + (on.isEmpty() ? "none" : words(on)));
        for (Fault fault : on) {
            new One(world, world.dice("fault " + fault.word())).begin(fault);
        }
        if (failures != null) {
            failures.begin(world, world.dice("recorded failures"), () -> healed);
        }
    }

    private static String words(Set<Fault> faults) {
        return String.join(", ", faults.stream().map(Fault::word).toList());
    }

    @Override
    public void heal(World world) {
        healed = true;
        world.network().endIf(_ -> true);
        world.network().duplicate(0);
        world.subscribers().duplicate(0);
        world.zooKeeper().quorum(true);
        world.weather().up(true);
        world.weather().errors(0);
        world.weather().unknown(0);
        world.storage().stalled(false);
        for (Controller controller : world.controllers()) {
            controller.goOn();
            controller.start();
        }
        for (Host host : world.hosts()) {
            host.startFailures(0);
        }
        if (atWork != null) {
            atWork.goHome();
        }
    }

    /** One kind of fault in one world. */
    private final class One {
        private final World world;
        private final Dice dice;

        private One(World world, Dice dice) {
            this.world = world;
            this.dice = dice;
        }

        /** Again and again, that far apart on average, until the core heals. */
        private void every(Duration mean, Runnable what) {
            world.timeline().after(dice.untilNext(mean), () -> {
                if (!healed) {
                    what.run();
                    every(mean, what);
                }
            });
        }

        private void later(Duration delay, Runnable what) {
            world.timeline().after(delay, () -> {
                if (!healed) {
                    what.run();
                }
            });
        }

        private Duration seconds(int least, int most) {
            return dice.between(SECOND.multipliedBy(least), SECOND.multipliedBy(most));
        }

        private void begin(Fault fault) {
            switch (fault) {
                case MESSAGE_LOSS ->
                    every(
                            Duration.ofMinutes(4),
                            () -> trouble(
                                    "loss", Set.of(), Set.of(), dice.share() * 0.2, Duration.ZERO, seconds(10, 90)));
                case MESSAGE_DELAY ->
                    every(
                            Duration.ofMinutes(4),
                            () -> trouble("delay", Set.of(), Set.of(), 0, Duration.ofMillis(500), seconds(10, 90)));
                case DUPLICATES -> {
                    world.network().duplicate(0.1);
                    world.subscribers().duplicate(0.1);
                }
                case ONE_WAY ->
                    every(Duration.ofMinutes(3), () -> {
                        String host = anyHost().party();
                        String other = dice.chance(0.4)
                                ? Network.ZOOKEEPER
                                : dice.pick(world.controllers()).name();
                        boolean out = dice.chance(0.5);
                        trouble(
                                "one way",
                                Set.of(out ? host : other),
                                Set.of(out ? other : host),
                                1,
                                Duration.ZERO,
                                seconds(5, 90));
                    });
                case HOST_PARTITION ->
                    every(Duration.ofMinutes(3), () -> isolate(Set.of(anyHost().party()), seconds(2, 120)));
                case MINORITY_PARTITION ->
                    every(Duration.ofMinutes(4), () -> {
                        Set<String> some = new TreeSet<>();
                        for (Host host : world.hosts()) {
                            if (some.size() < (world.hosts().size() - 1) / 2 && dice.chance(0.4)) {
                                some.add(host.party());
                            }
                        }
                        if (dice.chance(0.5)) {
                            some.add(dice.pick(world.controllers()).name());
                        }
                        isolate(some, seconds(5, 90));
                    });
                case RING -> every(Duration.ofMinutes(6), this::ring);
                case FLIP_FLOP ->
                    every(Duration.ofMinutes(5), () -> flip(anyHost().party(), 6));
                case HEAVY_LOSS ->
                    every(Duration.ofMinutes(4), () -> {
                        String host = anyHost().party();
                        Duration time = seconds(10, 120);
                        trouble("80 % loss", Set.of(host), Set.of(), 0.8, Duration.ZERO, time);
                        trouble("80 % loss", Set.of(), Set.of(host), 0.8, Duration.ZERO, time);
                    });
                case CONTROLLER_PARTITION -> every(Duration.ofMinutes(3), this::cutController);
                case CONTROLLER_KILL -> every(Duration.ofMinutes(3), () -> restart(anyController(), seconds(1, 30)));
                case CONTROLLER_PAUSE ->
                    every(Duration.ofMinutes(2), () -> {
                        Controller one = anyController();
                        one.pause();
                        later(dice.between(SECOND, Duration.ofSeconds(60)), one::goOn);
                    });
                case RESTART_STORM ->
                    every(Duration.ofMinutes(6), () -> {
                        Controller one = anyController();
                        Duration at = Duration.ZERO;
                        for (int i = 0; i < 5; i++) {
                            later(at, () -> restart(one, dice.between(Duration.ofMillis(200), SECOND)));
                            at = at.plus(seconds(2, 5));
                        }
                    });
                case CLOCK_STEP ->
                    every(Duration.ofMinutes(4), () -> {
                        int most = dice.chance(0.5) ? 3600 : 30;
                        dice.pick(world.controllers()).stepClock(SECOND.multipliedBy(dice.between(-most, most)));
                    });
                case CLOCK_DRIFT ->
                    world.controllers().forEach(controller -> controller.drift((dice.share() - 0.5) * 0.04));
                case ZOOKEEPER_QUORUM ->
                    every(Duration.ofMinutes(4), () -> {
                        world.story().tell("zookeeper", "has no quorum");
                        world.zooKeeper().quorum(false);
                        later(seconds(1, 45), () -> {
                            world.story().tell("zookeeper", "has a quorum again");
                            world.zooKeeper().quorum(true);
                        });
                    });
                case SESSION_EXPIRY ->
                    every(Duration.ofMinutes(2), () -> {
                        String whose = dice.chance(0.5)
                                ? anyHost().party()
                                : anyController().name();
                        world.story().tell("zookeeper", "ends the session of " + whose);
                        world.zooKeeper().expireSessionOf(whose);
                    });
                case LEADER_CHANGE -> every(Duration.ofMinutes(2), () -> leader().resign());
                case DATABASE_KILL -> every(Duration.ofMinutes(4), () -> database("is killed", seconds(2, 20)));
                case DATABASE_FAILOVER ->
                    every(Duration.ofMinutes(4), () -> {
                        world.weather().unknown(0.5);
                        later(Duration.ofMillis(500), () -> {
                            world.weather().unknown(0);
                            database("fails over", seconds(3, 15));
                        });
                    });
                case COMMIT_UNKNOWN -> world.weather().unknown(0.02);
                case DATABASE_STALL -> every(Duration.ofMinutes(4), () -> database("stalls", seconds(1, 40)));
                case STORAGE_STALL ->
                    every(Duration.ofMinutes(5), () -> {
                        world.storage().stalled(true);
                        later(seconds(2, 40), () -> world.storage().stalled(false));
                    });
                case STORAGE_PARTITION ->
                    every(Duration.ofMinutes(4), () -> {
                        String host = anyHost().party();
                        world.story().tell(host, "is cut off from the storage");
                        List<Trouble> cut =
                                world.network().cut("storage", Net.STORAGE, Set.of(host), Set.of(Network.STORAGE));
                        later(seconds(5, 60), () -> cut.forEach(world.network()::end));
                    });
                case HOST_POWER -> every(Duration.ofMinutes(3), () -> anyHost().losePower("its supply fails"));
                case KERNEL_HANG ->
                    every(Duration.ofMinutes(4), () -> {
                        Host host = anyHost();
                        host.hang();
                        if (dice.chance(0.6)) {
                            later(seconds(1, 60), host::goOn);
                        }
                    });
                case AGENT_DEATH ->
                    every(Duration.ofMinutes(3), () -> {
                        Host host = anyHost();
                        if (dice.chance(0.3)) {
                            host.agentHangs(true);
                            if (dice.chance(0.8)) {
                                later(seconds(1, 60), () -> host.agentHangs(false));
                            }
                        } else {
                            host.killAgent();
                            if (dice.chance(0.8)) {
                                later(seconds(1, 60), host::startAgent);
                            }
                        }
                    });
                case GUEST_DEATH ->
                    every(Duration.ofMinutes(2), () -> {
                        for (Host.Guest guest : List.copyOf(anyHost().guests())) {
                            if (dice.chance(0.5)) {
                                world.host(guest.host()).killGuest(guest.instance());
                            }
                        }
                    });
                case BMC_SILENT -> moods(PowerDevice.Mood.SILENT);
                case BMC_LYING -> moods(PowerDevice.Mood.LYING);
                case BMC_LATE -> moods(PowerDevice.Mood.LATE);
                case BMC_CREDENTIALS -> moods(PowerDevice.Mood.WRONG_CREDENTIALS);
                case BMC_DEAD_WITH_HOST -> moods(PowerDevice.Mood.DEAD_WITH_HOST);
                case BMC_REPLY_LOST -> moods(PowerDevice.Mood.REPLY_LOST);
                case HOST_RETURNS -> every(Duration.ofSeconds(40), this::somebodyReturns);
                case DESTINATION_DIES -> every(Duration.ofSeconds(20), this::destinationDies);
                case DESTINATION_FULL ->
                    later(seconds(5, 60), () -> {
                        world.story().tell("owner", "fills the hosts");
                        for (int i = 0; i < world.hosts().size() * 8; i++) {
                            world.owners().createAny();
                        }
                    });
                case RACK -> every(Duration.ofMinutes(6), this::rackFails);
                case START_FAILS ->
                    every(Duration.ofMinutes(3), () -> {
                        Host host = anyHost();
                        world.story().tell(host.party(), "its hypervisor refuses starts");
                        host.startFailures(dice.chance(0.5) ? 1 : 0.5);
                        later(seconds(10, 120), () -> host.startFailures(0));
                    });
                case OWNERS -> every(Duration.ofSeconds(12), this::ownerActs);
                case OPERATOR -> every(Duration.ofSeconds(60), this::operatorActs);
                case PORT_ERRORS -> world.weather().errors(0.03);
                case CUT_OFF_ENTIRELY, WATCHDOG_DISARMED, SLOTS_UNREADABLE -> ofSlots(fault);
                case FURTHER_DEVICE -> every(Duration.ofSeconds(40), this::furtherDevice);
                case ORDERS -> {
                    OperatorAtWork operator = new OperatorAtWork(world, dice, () -> healed);
                    atWork = operator;
                    every(Duration.ofSeconds(60), operator::act);
                    // Dice of its own: what else is drawn is what it was before anybody migrated anything.
                    One migrating = new One(world, world.dice("orders to migrate"));
                    migrating.every(Duration.ofSeconds(45), () -> operator.migrate(migrating.dice));
                }
            }
        }

        /** In worlds without slots these would change nothing but the times at which others look. */
        private void ofSlots(Fault fault) {
            if (!world.hasSlots()) {
                return;
            }
            switch (fault) {
                case CUT_OFF_ENTIRELY -> every(Duration.ofMinutes(4), this::cutOffEntirely);
                case WATCHDOG_DISARMED ->
                    every(Duration.ofMinutes(3), () -> {
                        Host host = anyHost();
                        host.watchdog(false);
                        if (dice.chance(0.7)) {
                            later(seconds(20, 200), () -> host.watchdog(true));
                        }
                    });
                case SLOTS_UNREADABLE ->
                    every(Duration.ofMinutes(2), () -> {
                        String name = anyController().name();
                        Duration time = dice.between(Duration.ofMillis(300), Duration.ofSeconds(60));
                        world.story().tell(name, "is cut off from the storage for " + time.toMillis() + " ms");
                        storage(name, time);
                    });
                default -> throw new IllegalArgumentException("no fault of slots: " + fault);
            }
        }

        /** Both at once, or one up to a few seconds after the other; half of the time its agent stands still in the middle of it. */
        private void cutOffEntirely() {
            Host host = anyHost();
            Duration time = seconds(2, 60);
            isolate(Set.of(host.party()), time);
            later(dice.chance(0.5) ? Duration.ZERO : dice.between(Duration.ZERO, SECOND.multipliedBy(4)), () -> {
                world.story().tell(host.party(), "is cut off from the storage");
                storage(host.party(), dice.chance(0.5) ? time : dice.between(SECOND, SECOND.multipliedBy(15)));
            });
            if (dice.chance(0.5)) {
                later(dice.between(Duration.ZERO, SECOND.multipliedBy(3)), () -> host.agentHangs(true));
                later(dice.between(SECOND.multipliedBy(3), SECOND.multipliedBy(8)), () -> host.agentHangs(false));
            }
        }

        private void storage(String party, Duration time) {
            List<Trouble> cut = world.network().cut("storage", Net.STORAGE, Set.of(party), Set.of(Network.STORAGE));
            later(time, () -> cut.forEach(world.network()::end));
        }

        private Host anyHost() {
            return dice.pick(List.copyOf(world.hosts()));
        }

        private Controller anyController() {
            return dice.chance(0.6) ? leader() : dice.pick(world.controllers());
        }

        private Controller leader() {
            Controller leads = world.leader();
            return leads == null ? dice.pick(world.controllers()) : leads;
        }

        private void trouble(
                String name, Set<String> from, Set<String> to, double loss, Duration delay, Duration time) {
            Trouble trouble = new Trouble(name, Net.MANAGEMENT, from, to, loss, delay);
            world.story()
                    .tell(
                            "network",
                            name + " from " + who(from) + " to " + who(to) + " for " + time.toSeconds() + " s");
            world.network().begin(trouble);
            later(time, () -> {
                world.story().tell("network", name + " from " + who(from) + " to " + who(to) + " ends");
                world.network().end(trouble);
            });
        }

        private static String who(Set<String> names) {
            return names.isEmpty() ? "everybody" : String.join(", ", names);
        }

        /** Some on one side, all others on the other. */
        private void isolate(Set<String> some, Duration time) {
            Set<String> rest = new TreeSet<>(Set.of(Network.ZOOKEEPER, Network.DATABASE));
            world.hosts().forEach(host -> rest.add(host.party()));
            world.controllers().forEach(controller -> rest.add(controller.name()));
            rest.removeAll(some);
            world.story()
                    .tell(
                            "network",
                            who(new TreeSet<>(some)) + " cut off from the rest for " + time.toSeconds() + " s");
            List<Trouble> cut = world.network().cut("partition", Net.MANAGEMENT, some, rest);
            later(time, () -> {
                world.story().tell("network", who(new TreeSet<>(some)) + " reach the rest again");
                cut.forEach(world.network()::end);
            });
        }

        private void ring() {
            List<String> parties = new ArrayList<>();
            world.hosts().forEach(host -> parties.add(host.party()));
            world.controllers().forEach(controller -> parties.add(controller.name()));
            world.story().tell("network", "each reaches its neighbours in a ring only");
            List<Trouble> cuts = new ArrayList<>();
            for (int i = 0; i < parties.size(); i++) {
                Set<String> far = new TreeSet<>(parties);
                far.remove(parties.get(i));
                far.remove(parties.get((i + 1) % parties.size()));
                far.remove(parties.get((i + parties.size() - 1) % parties.size()));
                if (!far.isEmpty()) {
                    cuts.addAll(Network.bothWays("ring", Net.MANAGEMENT, Set.of(parties.get(i)), far));
                }
            }
            world.network().beginAll(cuts);
            later(seconds(10, 60), () -> {
                world.story().tell("network", "the ring is whole again");
                world.network().endAll(cuts);
            });
        }

        private void flip(String host, int times) {
            if (times > 0) {
                isolate(Set.of(host), Duration.ofSeconds(20));
                later(Duration.ofSeconds(40), () -> flip(host, times - 1));
            }
        }

        private void cutController() {
            String name = anyController().name();
            Duration time = seconds(2, 90);
            switch (dice.between(0, 3)) {
                case 0 -> isolate(Set.of(name), time);
                case 1 -> cut(name, Set.of(Network.ZOOKEEPER), time);
                case 2 -> cut(name, Set.of(Network.DATABASE), time);
                default -> {
                    Set<String> hosts = new TreeSet<>();
                    world.hosts().forEach(host -> hosts.add(host.party()));
                    cut(name, hosts, time);
                }
            }
        }

        private void cut(String name, Set<String> others, Duration time) {
            world.story().tell("network", name + " cut off from " + who(others) + " for " + time.toSeconds() + " s");
            List<Trouble> cut = world.network().cut("cut", Net.MANAGEMENT, Set.of(name), others);
            later(time, () -> cut.forEach(world.network()::end));
        }

        private void restart(Controller one, Duration after) {
            one.kill();
            later(after, one::start);
        }

        private void database(String what, Duration time) {
            world.story().tell("database", what + " for " + time.toMillis() + " ms");
            world.weather().up(false);
            later(time, () -> {
                world.story().tell("database", "answers again");
                world.weather().up(true);
            });
        }

        private void moods(PowerDevice.Mood mood) {
            every(Duration.ofMinutes(3), () -> {
                fails(anyHost().bmc(), mood);
            });
        }

        /** Everything that befalls a BMC, but for dying with its host: what stands outside does not. */
        private void furtherDevice() {
            PowerDevice.Mood mood = dice.pick(List.of(
                    PowerDevice.Mood.SILENT,
                    PowerDevice.Mood.LYING,
                    PowerDevice.Mood.LATE,
                    PowerDevice.Mood.WRONG_CREDENTIALS,
                    PowerDevice.Mood.REPLY_LOST));
            Host host = anyHost();
            List<PowerDevice> further = host.fencing().stream()
                    .flatMap(List::stream)
                    .filter(device -> device != host.bmc())
                    .toList();
            if (!further.isEmpty()) {
                fails(dice.pick(further), mood);
            }
        }

        private void fails(PowerDevice device, PowerDevice.Mood mood) {
            device.mood(mood);
            if (dice.chance(0.7)) {
                later(seconds(10, 200), () -> device.mood(PowerDevice.Mood.WELL));
            }
        }

        private void somebodyReturns() {
            List<Host> off =
                    world.hosts().stream().filter(host -> !host.hasPower()).toList();
            if (!off.isEmpty()) {
                dice.pick(off).boot();
            }
        }

        private void destinationDies() {
            List<HostId> destinations = world.database().openCases().stream()
                    .flatMap(open -> open.active())
                    .map(move -> move.state().destination())
                    .filter(java.util.Objects::nonNull)
                    .toList();
            if (!destinations.isEmpty() && dice.chance(0.5)) {
                world.host(dice.pick(destinations)).losePower("in the middle of somebody else's recovery");
            }
        }

        private void rackFails() {
            Host any = anyHost();
            boolean power = dice.chance(0.5);
            String label = any.domains().names().get(power ? Labels.PDU : Labels.RACK);
            Set<String> inside = label == null ? ofItsRack(any) : labelled(power ? Labels.PDU : Labels.RACK, label);
            String what = label == null ? any.rack() : label;
            if (power) {
                world.story().tell(what, "its PDU fails");
                inside.forEach(name -> {
                    Host host = world.host(name);
                    host.losePower("the PDU fails");
                    // Its outlets are as dead as the hosts, which is why another level has to follow.
                    host.fencing().stream()
                            .flatMap(List::stream)
                            .filter(device -> device == host.outlet() || device == host.secondOutlet())
                            .forEach(device -> fails(device, PowerDevice.Mood.SILENT));
                });
            } else {
                world.story().tell(what, "its switch fails");
                isolate(inside, seconds(5, 120));
            }
        }

        /** Of hosts that say nothing, half of the segment at most. */
        private Set<String> ofItsRack(Host any) {
            Set<String> inside = new TreeSet<>();
            for (Host host : world.hosts()) {
                if (host.rack().equals(any.rack())
                        && inside.size() < Math.max(1, world.hosts().size() / 2)) {
                    inside.add(host.party());
                }
            }
            return inside;
        }

        private Set<String> labelled(String kind, String name) {
            Set<String> inside = new TreeSet<>();
            for (Host host : world.hosts()) {
                if (name.equals(host.domains().names().get(kind))) {
                    inside.add(host.party());
                }
            }
            return inside;
        }

        private void ownerActs() {
            List<Instance> all = world.database().instances();
            if (all.isEmpty() || dice.chance(0.3)) {
                world.owners().createAny();
                return;
            }
            Instance one = dice.pick(all);
            switch (dice.between(0, 2)) {
                case 0 -> world.owners().delete(one.id());
                case 1 -> world.owners().stop(one.id());
                default -> world.owners().start(one.id());
            }
        }

        private void operatorActs() {
            Host host = anyHost();
            switch (dice.between(0, 4)) {
                case 0 -> world.operator().disable(host.id());
                case 1 -> world.hosts().forEach(one -> world.operator().enable(one.id()));
                case 2 -> world.operator().clearForceDown(host.id());
                case 3 -> {
                    if (host.healthySince() == Long.MAX_VALUE) {
                        world.operator().forceDown(host.id(), false);
                    }
                }
                default -> {
                    // The one who states that a host is isolated has pulled its plug.
                    boolean condemned = world.database()
                            .row(host.id())
                            .filter(row -> row.state() == io.holdfast.compute.HostState.CONDEMNED)
                            .isPresent();
                    if (condemned || !host.hasPower()) {
                        host.losePower("the operator pulls the plug");
                        world.operator().forceDown(host.id(), true);
                    }
                }
            }
        }
    }
}
