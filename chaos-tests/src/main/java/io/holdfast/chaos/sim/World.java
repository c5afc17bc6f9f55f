package io.holdfast.chaos.sim;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One simulated segment: hosts with their power devices, controllers, ZooKeeper, the database, the shared storage, owners
 * and an operator. Single-threaded; two worlds share nothing.
 */
public final class World {

    public static final SegmentId SEGMENT = SegmentId.of("sim");
    public static final String ZONE = "zone";

    /** How long everybody may take to find each other before faults begin. */
    private static final Duration WARM_UP = Duration.ofSeconds(20);

    /** What a controller waits for a host's answer at the longest, when it never had a slow one from it. */
    private static final Duration ANSWERS_WITHIN = Duration.ofMillis(1200);

    private final long seed;
    private final Shape shape;
    private final Settings settings;
    private final Mutation mutation;
    private final Workload workload;
    private final Timeline timeline = new Timeline();
    private final Story story;
    private final Network network;
    private final ZooKeeper zooKeeper;
    private final Database database;
    private final DatabaseWeather weather = new DatabaseWeather();
    private final StorePorts ports;
    private final Storage storage;
    private final Slots slots;
    private final Group group;
    private final Checkers checkers = new Checkers();
    private final Subscribers subscribers;
    private final Figures figures;
    private final GuestBeats beats;
    private final Owners owners;
    private final Consumers consumers;
    private final Operator operator;
    private final Migrations migrations;
    private final Map<HostId, Host> hosts = new LinkedHashMap<>();
    private final List<Controller> controllers = new ArrayList<>();
    private final Map<InstanceId, String> names = new HashMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<Violation> violations = new ArrayList<>();
    private final List<Runnable> controllerListeners = new ArrayList<>();
    private boolean healed;
    private boolean anySlot;
    private boolean drawn;

    /** As {@link #World(long, Shape, Settings, Mutation, Workload, boolean)} with the product as it is. */
    public World(long seed, Shape shape, boolean wholeStory) {
        this(seed, shape, Settings.usual(), new Mutation(), Workload.usual(), wholeStory);
    }

    /** @param wholeStory whether every line of the story is kept, or only the last ones */
    public World(long seed, Shape shape, Settings settings, Mutation mutation, Workload workload, boolean wholeStory) {
        this.seed = seed;
        this.shape = shape;
        this.mutation = mutation;
        this.settings = settings.mutated(mutation);
        this.workload = workload;
        this.story = new Story(timeline, wholeStory);
        this.network = new Network(timeline, dice("network"));
        this.zooKeeper = new ZooKeeper(timeline, network, dice("zookeeper"));
        this.database = new Database(this, settings.overcommit());
        this.ports = mutation.store(this, database.ports());
        this.storage = new Storage(this);
        this.slots = new Slots(timeline);
        this.group = new Group(this);
        this.subscribers = new Subscribers(this);
        this.figures = new Figures(this);
        this.beats = new GuestBeats(this);
        this.owners = new Owners(this);
        this.consumers = new Consumers(this);
        this.operator = new Operator(this);
        this.migrations = new Migrations(this);
        checkers.add(figures);
        network.onChange(this::reach);
        network.onChange(this::storageChanged);
        zooKeeper.watch(() -> controllers.forEach(controller -> {
            ControllerProcess process = controller.process();
            if (process != null) {
                process.membership().leasesChanged();
            }
        }));
        onControllersChanged(() -> controllers.forEach(controller -> {
            ControllerProcess process = controller.process();
            if (process != null) {
                process.membership().groupChanged();
            }
        }));
    }

    /** Who reaches the storage may have changed, or what stands there. */
    void storageChanged() {
        for (Host host : hosts.values()) {
            SelfFence own = host.selfFence();
            if (own != null) {
                own.look();
            }
        }
    }

    /** Some slot began to stand still, or to flow. */
    void slotsChanged() {
        controllers.forEach(controller -> {
            ControllerProcess process = controller.process();
            if (process != null) {
                process.slots().wake();
            }
        });
    }

    void hasSlot() {
        anySlot = true;
    }

    /** Whether any host has a slot. */
    public boolean hasSlots() {
        return anySlot;
    }

    /** Whether all slots change all the time. */
    boolean slotsFlow() {
        return hosts.values().stream().map(Host::selfFence).allMatch(own -> own == null || own.isSteady());
    }

    /** Whether every way to a host is clear, for those that ask how long it has been well. */
    private void reach() {
        for (Host host : hosts.values()) {
            boolean clear = network.roundTripLoss(Network.Net.MANAGEMENT, host.party(), Network.ZOOKEEPER) == 0;
            Duration slowest = Duration.ZERO;
            for (Controller controller : controllers) {
                clear &= network.roundTripLoss(Network.Net.MANAGEMENT, host.party(), controller.name()) == 0;
                Duration way = network.slowestRoundTrip(Network.Net.MANAGEMENT, host.party(), controller.name());
                slowest = way.compareTo(slowest) > 0 ? way : slowest;
            }
            host.reached(clear, clear && slowest.compareTo(ANSWERS_WITHIN) < 0);
        }
        for (Controller controller : controllers) {
            controller.hears(hosts.isEmpty()
                    || hosts.values().stream()
                            .anyMatch(host ->
                                    network.connected(Network.Net.MANAGEMENT, controller.name(), host.party())));
        }
    }

    // ---- building it

    /** Adds a host that is switched off; {@link Host#boot} switches it on. */
    public Host addHost(String name, String rack, Resources capacity) {
        return addHost(name, rack, FailureDomains.NONE, capacity);
    }

    /**
     * The same of a host that says what it shares with others.
     *
     * @param rack in which it really is
     */
    public Host addHost(String name, String rack, FailureDomains domains, Resources capacity) {
        HostId id = HostId.of(name);
        Host host = new Host(this, id, rack, domains, capacity);
        hosts.put(id, host);
        return host;
    }

    /** Adds a controller that is not started; {@link Controller#start} starts it. */
    public Controller addController(String name) {
        Controller controller = new Controller(this, name);
        controllers.add(controller);
        return controller;
    }

    /** Adds hosts, controllers and instances as the shape says, and switches all on. */
    public void populate() {
        drawn = true;
        Dice dice = dice("population");
        boolean withSlots = settings.fencesItself();
        Labels labels = new Labels(dice("failure domains"), shape.hosts());
        for (int i = 1; i <= shape.hosts(); i++) {
            int size = dice.between(1, 2);
            Resources capacity = new Resources(16 * size, 32_768 * size, 1000);
            Host host = addHost("h" + i, "rack" + (i - 1) / 4, labels.of(i - 1), capacity);
            Ladders.give(host, dice("fencing of h" + i));
            if (withSlots) {
                Ladders.endInItself(host, dice("watchdog in h" + i));
            }
            host.supervised(dice("supervisor of h" + i).chance(0.7));
        }
        for (int i = 1; i <= shape.controllers(); i++) {
            addController("c" + i);
        }
        switchOn();
        // Not before there are hosts that take them.
        timeline.after(Duration.ofSeconds(5), () -> {
            owners.begin();
            workload.visits().ifPresentOrElse(visits -> visits.begin(this, shape.instances()), () -> {
                for (int i = 0; i < shape.instances(); i++) {
                    owners.createAny();
                }
            });
        });
    }

    /** Switches on every host and starts every controller. */
    public void switchOn() {
        for (Host host : hosts.values()) {
            host.boot();
            database.settle(host.id(), "", host.capacity());
        }
        controllers.forEach(Controller::start);
    }

    public void watch(Checker checker) {
        checkers.add(checker);
    }

    // ---- letting it live

    /** Lets time pass until that virtual time since the beginning, or until a violation. */
    public void runUntil(Duration time) {
        boolean more = true;
        while (more) {
            more = violations.isEmpty() && timeline.step(time.toNanos());
        }
    }

    /** Warms up, lets faults happen for the shape's time, heals, waits for liveness, and is judged. */
    public void run(Chaos chaos) {
        runUntil(WARM_UP);
        chaos.begin(this);
        Duration end = WARM_UP.plus(shape.chaos());
        runUntil(end);
        if (violations.isEmpty()) {
            chaos.heal(this);
            healed = true;
            story.tell("world", "the core is healed; other faults are permanent from now on");
            checkers.healed();
        }
        Duration limit = end.plus(shape.healing());
        Duration look = end;
        while (violations.isEmpty() && look.compareTo(limit) < 0) {
            look = look.plus(Duration.ofSeconds(5));
            runUntil(look);
            if (checkers.content()) {
                break;
            }
        }
        if (violations.isEmpty()) {
            checkers.ended();
        }
    }

    /** What goes wrong in a world. */
    public interface Chaos {

        /** Plans the faults. */
        void begin(World world);

        /** Ends those that the core cannot live with for ever, and makes the others permanent. */
        void heal(World world);
    }

    /** For checkers: an invariant does not hold. */
    public void violated(String invariant, String what) {
        story.tell("CHECKER", invariant + " is violated: " + what);
        violations.add(new Violation(seed, invariant, Duration.ofNanos(timeline.now()), what, story.lastLines()));
    }

    /** For a mutant: a guest is started as if its claim had been stored. */
    public void startWithoutClaim(InstanceId instance, io.holdfast.model.Generation generation, HostId to) {
        timeline.after(Duration.ofSeconds(1), () -> {
            if (host(to).runs() && host(to).guest(instance) == null) {
                host(to).start(instance, generation);
            }
        });
    }

    // ---- what is in it

    public long seed() {
        return seed;
    }

    public Shape shape() {
        return shape;
    }

    public Settings settings() {
        return settings;
    }

    public Timeline timeline() {
        return timeline;
    }

    public Story story() {
        return story;
    }

    public Network network() {
        return network;
    }

    public ZooKeeper zooKeeper() {
        return zooKeeper;
    }

    public Database database() {
        return database;
    }

    public DatabaseWeather weather() {
        return weather;
    }

    public Storage storage() {
        return storage;
    }

    Slots slots() {
        return slots;
    }

    public Owners owners() {
        return owners;
    }

    public Consumers consumers() {
        return consumers;
    }

    /** Whether consumers answer by their dice; where somebody wrote down what they say, they do not. */
    boolean consumersAnswer() {
        return drawn;
    }

    public Migrations migrations() {
        return migrations;
    }

    public Operator operator() {
        return operator;
    }

    public Figures figures() {
        return figures;
    }

    public Workload workload() {
        return workload;
    }

    public Collection<Host> hosts() {
        return hosts.values();
    }

    public Host host(HostId id) {
        return Objects.requireNonNull(hosts.get(id), () -> "no such host: " + id);
    }

    public Host host(String name) {
        return host(HostId.of(name));
    }

    public List<Controller> controllers() {
        return controllers;
    }

    public Controller controller(String name) {
        return controllers.stream()
                .filter(controller -> controller.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such controller: " + name));
    }

    /** The controller that may act now, or null. */
    public @Nullable Controller leader() {
        return controllers.stream().filter(Controller::leads).findFirst().orElse(null);
    }

    public List<Violation> violations() {
        return List.copyOf(violations);
    }

    public boolean isHealed() {
        return healed;
    }

    /** Its name in the story. */
    public String name(InstanceId id) {
        return names.getOrDefault(id, id.toString());
    }

    /** A stream of chances of its own for that purpose. */
    public Dice dice(String purpose) {
        return Dice.of(seed, purpose);
    }

    /** Every instance that was ever asked for, in the order of asking, has a name here. */
    void named(InstanceId id, String name) {
        names.put(id, name);
    }

    /** 1, 2, 3, … for each purpose. */
    int number(String purpose) {
        return numbers.merge(purpose, 1, Integer::sum);
    }

    StorePorts ports() {
        return ports;
    }

    Group group() {
        return group;
    }

    GuestBeats beats() {
        return beats;
    }

    Checkers checkers() {
        return checkers;
    }

    Subscribers subscribers() {
        return subscribers;
    }

    Mutation mutation() {
        return mutation;
    }

    void onControllersChanged(Runnable listener) {
        controllerListeners.add(listener);
    }

    void controllersChanged() {
        controllerListeners.forEach(Runnable::run);
    }
}
