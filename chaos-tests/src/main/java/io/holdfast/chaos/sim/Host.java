package io.holdfast.chaos.sim;

import io.holdfast.compute.agent.AgentMemory;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A machine: power, kernel, the guests that really run there, and the disk on which its agent keeps its memory. What is
 * true here is what the checkers judge by.
 */
public final class Host {

    private static final Duration RESTART = Duration.ofSeconds(1);
    private static final Duration FASTEST_BOOT = Duration.ofSeconds(20);
    private static final Duration SLOWEST_BOOT = Duration.ofSeconds(90);

    private final World world;
    private final HostId id;
    private final String rack;
    private final FailureDomains domains;
    private final Resources capacity;
    private final PowerDevice bmc;
    private final PowerDevice chassis;
    private final PowerDevice outlet;
    private final PowerDevice secondOutlet;
    private final Outlet feed = new Outlet(this);
    private final Outlet secondFeed = new Outlet(this);
    private List<List<PowerDevice>> fencing;
    private final Map<InstanceId, Guest> guests = new LinkedHashMap<>();
    private boolean power;
    private boolean unplugged;
    private boolean hung;
    private boolean starting;
    private @Nullable SelfFence selfFence;
    private boolean reached = true;
    private boolean answerHeard = true;
    private boolean supervised;
    private long answeringSince;
    private int boots;
    private long healthySince;
    private long bootedAt = -1;
    private @Nullable Agent agent;
    private double startFailures;
    private final Hypervisor hypervisor = new Hypervisor();

    /** What the agent has written down; it outlives the agent and the boot. */
    AgentMemory memory = AgentMemory.blank();

    Host(World world, HostId id, String rack, FailureDomains domains, Resources capacity) {
        this.world = world;
        this.id = id;
        this.rack = rack;
        this.domains = domains;
        this.capacity = capacity;
        PowerDevice.Switched whole = new PowerDevice.Switched() {
            @Override
            public boolean on() {
                return power;
            }

            @Override
            public void off(String asker) {
                cut(asker);
            }

            @Override
            public void restore(String asker) {
                switchedOn(asker);
            }
        };
        this.bmc = new PowerDevice(world, this, "bmc", whole);
        this.chassis = new PowerDevice(world, this, "chassis", whole);
        this.outlet = new PowerDevice(world, this, "pdu", feed);
        this.secondOutlet = new PowerDevice(world, this, "pdu-b", secondFeed);
        this.fencing = List.of(List.of(bmc));
    }

    /** A guest's process: as long as it is here, it may write to the instance's disk. */
    public record Guest(InstanceId instance, Generation generation, HostId host) {}

    public HostId id() {
        return id;
    }

    /** Its name as a party of the network. */
    public String party() {
        return id.value();
    }

    public String rack() {
        return rack;
    }

    /** What it says that it shares with others; which need not be all that it does. */
    public FailureDomains domains() {
        return domains;
    }

    /** By which devices the controllers isolate it, level by level; empty when nobody has told them of any. */
    public List<List<PowerDevice>> fencing() {
        return fencing;
    }

    /** It has a second supply if its second outlet is among them. */
    public void fencedBy(List<List<PowerDevice>> levels) {
        fencing = levels;
    }

    /**
     * It has a slot on the shared storage, and its last level of fencing is that it stops itself.
     *
     * @param arms whether it arms a watchdog; without one it only says in its slot that it lives
     */
    public void fencesItself(boolean arms) {
        selfFence = new SelfFence(world, this, arms);
        world.hasSlot();
    }

    /** Its agent is stopped in good order, and started again with its watchdog, or without. */
    public void watchdog(boolean arms) {
        if (selfFence == null || agent == null || agent.isHung()) {
            return;
        }
        if (!arms && !selfFence.disarm()) {
            world.story().tell(party(), "its watchdog stays armed, because its slot could not say that it is not");
            return;
        }
        world.story().tell(party(), arms ? "is told to arm its watchdog" : "its watchdog is disarmed");
        selfFence.arms(arms);
        stopAgent();
        disturbed();
        world.group().look(this);
        world.timeline().after(RESTART, this::startAgent);
    }

    /** Its slot and its watchdog, or null where it has none. */
    public @Nullable SelfFence selfFence() {
        return selfFence;
    }

    private boolean hasTwoSupplies() {
        return fencing.stream().anyMatch(level -> level.contains(secondOutlet));
    }

    /** Whether a supervisor watches its agent, and answers for the host beside it. */
    public void supervised(boolean now) {
        supervised = now;
    }

    public boolean isSupervised() {
        return supervised;
    }

    public Resources capacity() {
        return capacity;
    }

    public PowerDevice bmc() {
        return bmc;
    }

    /** Switches it from outside, as the manager of a chassis of blades does. */
    public PowerDevice chassis() {
        return chassis;
    }

    /** Of its first supply, or its only one. */
    public PowerDevice outlet() {
        return outlet;
    }

    public PowerDevice secondOutlet() {
        return secondOutlet;
    }

    public boolean hasPower() {
        return power;
    }

    /** Whether its kernel runs: it has power, has booted, and does not hang. */
    public boolean runs() {
        return power && !starting && !hung;
    }

    /** It was reset, and nothing runs on it yet: no kernel, and nothing that answers. */
    public boolean isStarting() {
        return starting;
    }

    public @Nullable Agent agent() {
        return agent;
    }

    public Collection<Guest> guests() {
        return guests.values();
    }

    public @Nullable Guest guest(InstanceId instance) {
        return guests.get(instance);
    }

    /**
     * Since when nothing at all was wrong with it or with the ways to it, in nanoseconds of the world; never
     * ({@link Long#MAX_VALUE}), if something is.
     */
    public long healthySince() {
        return runs() && reached && agent != null && !agent.isHung() ? healthySince : Long.MAX_VALUE;
    }

    /**
     * Since when its supervisor could answer whoever asked, in nanoseconds of the world; never ({@link Long#MAX_VALUE}), if
     * it cannot or there is none. What its agent does meanwhile is another matter.
     */
    public long answeringSince() {
        return supervised && runs() && answerHeard ? answeringSince : Long.MAX_VALUE;
    }

    /**
     * @param now whether every way to it is clear
     * @param inTime whether they are also fast enough for a question and its answer
     */
    void reached(boolean now, boolean inTime) {
        if (!now || !reached) {
            disturbed();
        }
        if (!inTime || !answerHeard) {
            answeringSince = world.timeline().now();
        }
        reached = now;
        answerHeard = inTime;
    }

    /** The last moment at which it ran nothing, for want of power or of a kernel, in nanoseconds of the world; negative if it always did. */
    public long lastWithoutPower() {
        return power && !starting ? bootedAt : world.timeline().now();
    }

    /** Something about it, or about a way to it, was disturbed or repaired. */
    void disturbed() {
        healthySince = world.timeline().now();
    }

    /** Names this life of it. */
    public String bootId() {
        return id + "-boot-" + boots;
    }

    public Hypervisor hypervisor() {
        return hypervisor;
    }

    /** Starts that fail although nothing else is wrong: the share of them. */
    public void startFailures(double share) {
        startFailures = share;
    }

    double startFailures() {
        return startFailures;
    }

    // ---- what can be done to it

    /** Its power is gone until somebody puts the plug in again; what boots it meanwhile boots nothing. */
    void unplug(String why) {
        unplugged = true;
        losePower(why);
    }

    void plugIn() {
        unplugged = false;
    }

    /** Begins with power on and an agent running; no guest runs yet. */
    public void boot() {
        if (power || unplugged) {
            return;
        }
        // Whoever switches a host on sees to its outlets first.
        feed.switchOn();
        secondFeed.switchOn();
        comeUp();
    }

    /** A device gives it power, or tells it to use what it has; without a feed or a plug nothing comes of it. */
    void switchedOn(String asker) {
        boolean fed = feed.on() || (hasTwoSupplies() && secondFeed.on());
        if (!power && !unplugged && fed) {
            world.story().tell(party(), "has power again (ordered by " + asker + ")");
            comeUp();
        }
    }

    private void comeUp() {
        power = true;
        begin();
        world.checkers().powerChanged(this);
        startAgent();
    }

    private void begin() {
        hung = false;
        starting = false;
        boots++;
        bootedAt = boots == 1 ? -1 : world.timeline().now();
        answeringSince = world.timeline().now();
        disturbed();
        world.story().tell(party(), "boots (boot " + boots + ")");
    }

    /** A device cuts its power because somebody ordered that. */
    private void cut(String asker) {
        world.checkers().powerCut(this, asker);
        losePower("ordered by " + asker);
    }

    /** One of its outlets went off; it lives on while another one feeds it. */
    void outletOff(String asker) {
        if (feed.on() || (hasTwoSupplies() && secondFeed.on())) {
            world.story().tell(party(), "lives on: one of its outlets is off, and the other one feeds it");
        } else {
            cut(asker);
        }
    }

    /** The power goes: everything on it ends at once. */
    public void losePower(String why) {
        if (!power) {
            return;
        }
        power = false;
        world.story().tell(party(), "loses power (" + why + "), " + guests.size() + " guests end");
        endAll();
        starting = false;
        world.checkers().powerChanged(this);
        world.group().look(this);
    }

    /** Its watchdog fires: as when the power goes, but that it never goes, and the host boots by itself. */
    void reset() {
        world.checkers().watchdogFired(this);
        world.story().tell(party(), "is reset by its watchdog, " + guests.size() + " guests end");
        endAll();
        starting = true;
        int life = boots;
        world.group().look(this);
        world.timeline().after(world.dice("reboot " + boots + " of " + id).between(FASTEST_BOOT, SLOWEST_BOOT), () -> {
            if (starting && boots == life) {
                begin();
                startAgent();
            }
        });
    }

    private void endAll() {
        hung = false;
        disturbed();
        stopAgent();
        if (selfFence != null) {
            selfFence.off();
        }
        List<Guest> ended = new ArrayList<>(guests.values());
        guests.clear();
        ended.forEach(guest -> {
            world.beats().ended(this, guest.instance());
            world.checkers().guestEnded(guest);
        });
    }

    /** The kernel stands still: guests and agent do nothing, and the network card may still answer. */
    public void hang() {
        if (runs()) {
            hung = true;
            disturbed();
            world.story().tell(party(), "its kernel hangs");
            if (agent != null) {
                agent.paused(true);
            }
            world.group().look(this);
        }
    }

    /** A hung kernel goes on, with all that it had. */
    public void goOn() {
        if (hung) {
            hung = false;
            disturbed();
            answeringSince = world.timeline().now();
            world.story().tell(party(), "its kernel goes on");
            if (agent != null) {
                agent.paused(false);
            }
            world.group().look(this);
        }
    }

    public boolean isHung() {
        return hung;
    }

    public void killAgent() {
        if (agent != null) {
            world.story().tell(party(), "its agent dies; " + guests.size() + " guests run on");
            stopAgent();
            disturbed();
            world.group().look(this);
        }
    }

    /** The agent's process stands still, or goes on. */
    public void agentHangs(boolean hangs) {
        if (agent != null && agent.isHung() != hangs && !hung) {
            world.story().tell(party(), hangs ? "its agent stands still" : "its agent goes on");
            agent.paused(hangs);
            disturbed();
            world.group().look(this);
        }
    }

    private void stopAgent() {
        if (agent != null) {
            agent.die();
            agent = null;
        }
    }

    public void startAgent() {
        if (runs() && agent == null) {
            agent = new Agent(world, this);
            disturbed();
            agent.begin();
            world.group().look(this);
        }
    }

    /** A guest shuts itself down from inside; the agent notices. */
    public void stopGuest(InstanceId instance) {
        if (guests.get(instance) != null) {
            world.story().tell(party(), "the guest of " + world.name(instance) + " shuts itself down");
            end(instance);
            // Who shuts down inside speaks for the owner, sooner or later.
            world.checkers().unsure(new Wish(Wish.Verb.STOP, instance));
            if (agent != null) {
                agent.guestStopped(instance);
            }
        }
    }

    /** A guest's process dies; the agent notices. */
    public void killGuest(InstanceId instance) {
        if (guests.get(instance) != null) {
            world.story().tell(party(), "the guest of " + world.name(instance) + " dies");
            end(instance);
            if (agent != null) {
                agent.guestDied(instance);
            }
        }
    }

    // ---- what its agent does to it

    void start(InstanceId instance, Generation generation) {
        Guest guest = new Guest(instance, generation, id);
        if (guests.put(instance, guest) == null) {
            world.story().tell(party(), world.name(instance) + " runs (generation " + generation + ")");
            world.checkers().guestStarted(guest);
            world.beats().began(this, instance);
        }
    }

    void end(InstanceId instance) {
        Guest guest = guests.remove(instance);
        if (guest != null) {
            world.beats().ended(this, instance);
            world.checkers().guestEnded(guest);
        }
    }

    /** The same process is known at a newer generation from now on. */
    void relabel(InstanceId instance, Generation generation) {
        guests.put(instance, new Guest(instance, generation, id));
    }
}
