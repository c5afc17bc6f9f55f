package io.holdfast.chaos.sim;

import io.holdfast.fencing.selffence.core.Decision;
import io.holdfast.fencing.selffence.core.Licences;
import io.holdfast.fencing.selffence.core.SelfFenceTimes;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A host's slot, its watchdog device, and the two threads of its agent that write the one and pet the other. When to pet is decided
 * by the product's own {@link Licences}; the device stands beside the host, and whatever the host does, it counts on.
 *
 * <p>While nothing is wrong, nothing is played: the slot {@linkplain Slots#flows flows}, and the device was petted a moment ago. As soon as
 * something is, each round on the slot and each look before a petting is an event of its own.
 */
public final class SelfFence {

    private static final SelfFenceTimes TIMES = SelfFenceTimes.defaults();
    static final SelfFenceTerms TERMS =
            new SelfFenceTerms("/dev/watchdog", TIMES.watchdog(), TIMES.licence(), Slots.DEVICE);

    /** A device ticks, and a reset takes a moment; a second is what {@code fencing.slot.margin} leaves for both. */
    private static final Duration SLOWEST_RESET = Duration.ofMillis(900);

    /** An agent that starts begins with its slot. */
    private static final Duration AT_ONCE = Duration.ofMillis(20);

    private final World world;
    private final Host host;
    private final Dice dice;

    /** Whether its agent arms a device at all; what an agent does, it decides when it starts. */
    private boolean arms;

    /** The boot in which a lease has named the device: a file of the host. */
    private String namedIn = "";

    // The device.
    private boolean armed;
    private boolean fired;
    private long pettedAt;
    private Timeline.@Nullable Event fire;

    private @Nullable Threads threads;

    /** A write that has left the host and did not come back; it may land when the host is long dead. */
    private @Nullable Heartbeat underWay;

    private boolean landing;

    private long runsSince = Long.MAX_VALUE;
    private long storageSince = Long.MAX_VALUE;

    SelfFence(World world, Host host, boolean arms) {
        this.world = world;
        this.host = host;
        this.arms = arms;
        this.dice = world.dice("watchdog of " + host.id());
    }

    /** What an agent does from its start to its death. */
    private final class Threads {
        private final Agent agent;
        private final String boot = host.bootId();
        private final boolean arming = arms;
        private Licences licences;
        private boolean alive = true;
        private boolean paused;
        private boolean steady;
        private boolean saysArmed;
        private boolean claimed;
        private long number;
        private boolean writing;
        private Timeline.@Nullable Event nextLook;
        private Timeline.@Nullable Event nextRound;

        /** It was stopped between the look that found a licence and the petting. */
        private boolean aboutToPet;

        /** What it hears of when it goes on. */
        private @Nullable Runnable heard;

        private String told = "";

        private Threads(Agent agent) {
            this.agent = agent;
            this.licences = Licences.start(namedIn.equals(boot));
        }

        private void cancel() {
            if (nextLook != null) {
                nextLook.cancel();
                nextLook = null;
            }
            if (nextRound != null) {
                nextRound.cancel();
                nextRound = null;
            }
        }

        private Heartbeat heartbeat() {
            return new Heartbeat(
                    host.id(),
                    boot,
                    agent.session(),
                    ++number,
                    Timeline.START,
                    Duration.ZERO,
                    TIMES.slotInterval(),
                    armed && arming ? TERMS : null);
        }

        // ---- is everything well?

        /** Something has changed: what was reckoned is played from now on, or the other way round. */
        private void look() {
            boolean well = alive
                    && !paused
                    && claimed
                    && !writing
                    && saysArmed == arming
                    && licences.ended() == null
                    && (!arming || petsByItsSlot())
                    && world.storage().reachable(host)
                    && world.slots().pillFor(host.id(), boot) == null;
            if (well != steady) {
                steady = well;
                if (well) {
                    cancel();
                    world.slots().flows(host.id());
                } else {
                    unsteady();
                }
                world.slotsChanged();
            } else if (!steady) {
                play();
            }
        }

        /** Whether slots that are written are enough, by the rules that hold. */
        private boolean petsByItsSlot() {
            long now = world.timeline().now();
            return world.mutation().selfFenceRules().decide(licences.slotWritten(now), TIMES, now)
                    instanceof Decision.Pet;
        }

        private void unsteady() {
            world.slots().stands(host.id());
            long now = world.timeline().now();
            // The last round that was good began up to an interval ago, and the device was petted as lately.
            licences = licences.slotWritten(
                    now - dice.between(0, TIMES.slotInterval().toNanos()));
            if (armed) {
                pettedAt = now - dice.between(0, TIMES.petInterval().toNanos());
                licences = licences.petted(pettedAt);
                counts();
            }
            play();
        }

        private void play() {
            if (!alive || paused) {
                return;
            }
            if (nextRound == null && !writing && licences.ended() == null) {
                nextRound = after(dice.between(Duration.ZERO, claimed ? TIMES.slotInterval() : AT_ONCE), this::round);
            }
            if (nextLook == null && arming) {
                nextLook = after(dice.between(Duration.ZERO, TIMES.petInterval()), this::lookBeforePetting);
            }
        }

        private Timeline.Event after(Duration delay, Runnable what) {
            return world.timeline().after(delay, () -> {
                if (alive && !paused) {
                    what.run();
                }
            });
        }

        // ---- the slot's thread

        private void round() {
            nextRound = null;
            if (underWay != null || !world.storage().reachable(host)) {
                // One access at a time: it hangs until the storage is back, and no other is begun.
                if (underWay == null && claimed) {
                    underWay = heartbeat();
                }
                nextRound = after(TIMES.slotInterval(), this::round);
                return;
            }
            writing = true;
            long began = world.timeline().now();
            world.timeline().after(delay(), () -> effective(began));
        }

        private Duration delay() {
            return dice.between(Duration.ofMillis(1), Duration.ofMillis(dice.chance(0.1) ? 400 : 20));
        }

        /** What a stopped agent has begun takes effect all the same. */
        private void effective(long began) {
            if (!boot.equals(host.bootId())) {
                // Long over, and another boot has the slot.
                return;
            }
            if (!world.storage().reachable(host)) {
                writing = false;
                if (claimed) {
                    underWay = heartbeat();
                }
                look();
                return;
            }
            world.slots().claim(host.id(), boot);
            claimed = true;
            boolean pill = world.slots().pillFor(host.id(), boot) != null;
            boolean says = armed && arming;
            if (!pill) {
                world.slots().beat(host.id(), heartbeat());
            }
            world.timeline().after(delay(), () -> acknowledged(began, says));
        }

        private void acknowledged(long began, boolean says) {
            if (!alive) {
                return;
            }
            if (paused) {
                // It hears of it when it goes on.
                heard = () -> acknowledged(began, says);
                return;
            }
            writing = false;
            if (!world.storage().reachable(host)) {
                // The pill's place cannot be read any more, so this round gives no licence.
                look();
                return;
            }
            Pill pill = world.slots().pillFor(host.id(), boot);
            if (pill == null) {
                licences = licences.slotWritten(began);
                saysArmed = says;
            } else if (licences.ended() == null) {
                licences = licences.pilled("a pill by " + pill.by());
                world.story()
                        .tell(
                                host.party(),
                                (armed ? "dies now, by a pill of " : "is told to die and cannot, by a pill of ")
                                        + pill.by());
                if (armed) {
                    world.slots().acknowledge(host.id(), boot);
                }
            }
            look();
        }

        // ---- the petting thread

        private void lookBeforePetting() {
            nextLook = null;
            Long confirmed = agent.confirmedFrom();
            long now = world.timeline().now();
            Licences held = confirmed == null ? licences : licences.leaseHeld(confirmed);
            licences = held.looked(TIMES, now);
            switch (world.mutation().selfFenceRules().decide(licences, TIMES, now)) {
                case Decision.Pet pet -> {
                    pet();
                    tell("pets its watchdog by its " + pet.by());
                }
                case Decision.Starve starve ->
                    tell((armed ? "does not pet its watchdog: " : "has armed nothing: ") + starve.reason());
                case Decision.Die _ -> tell("pets its watchdog no more");
            }
            nextLook = after(TIMES.petInterval(), this::lookBeforePetting);
        }

        private void pet() {
            if (fired) {
                return;
            }
            if (!armed) {
                namedIn = boot;
                armed = true;
                world.story().tell(host.party(), "arms its watchdog");
            }
            pettedAt = world.timeline().now();
            licences = licences.petted(pettedAt);
            counts();
        }

        private void tell(String what) {
            if (!what.equals(told)) {
                told = what;
                world.story().tell(host.party(), what);
            }
        }
    }

    // ---- what happens to its agent

    void agentBegan(Agent agent) {
        threads = new Threads(agent);
        noteWays();
        threads.play();
        world.slotsChanged();
    }

    void agentEnded() {
        Threads mine = threads;
        if (mine != null) {
            mine.alive = false;
            mine.look();
            mine.cancel();
            threads = null;
            noteWays();
        }
    }

    /** It stands still in the middle of whatever it does, or goes on with that. */
    void agentPaused(boolean now) {
        Threads mine = threads;
        if (mine == null || mine.paused == now) {
            return;
        }
        if (now) {
            boolean licensed =
                    mine.steady || mine.licences.decide(TIMES, world.timeline().now()) instanceof Decision.Pet;
            mine.aboutToPet = armed && licensed && dice.chance(0.5);
            mine.paused = true;
            noteWays();
            mine.look();
            mine.cancel();
        } else {
            mine.paused = false;
            noteWays();
            if (mine.aboutToPet) {
                mine.aboutToPet = false;
                mine.pet();
            }
            Runnable heard = mine.heard;
            mine.heard = null;
            if (heard != null) {
                heard.run();
            }
            mine.look();
        }
    }

    /** The ways to storage have changed, or what stands in the slot. */
    void look() {
        noteWays();
        if (underWay != null && !landing && world.storage().reachable(host)) {
            landing = true;
            world.timeline().after(dice.between(Duration.ofMillis(1), Duration.ofMillis(200)), this::land);
        }
        if (threads != null) {
            threads.look();
        }
    }

    /** A write that hung is there at last; whoever began it has given it up. */
    private void land() {
        landing = false;
        Heartbeat late = underWay;
        if (late != null && world.storage().reachable(host)) {
            underWay = null;
            if (!isSteady()) {
                world.slots().beat(host.id(), late);
                world.slotsChanged();
            }
        }
    }

    /** Whether its slot changes all the time, so that nobody has to look. */
    boolean isSteady() {
        return threads != null && threads.steady;
    }

    /** What its lease has to say. */
    @Nullable
    SelfFenceTerms terms() {
        return threads != null && threads.arming ? TERMS : null;
    }

    /** From the next start of its agent on. */
    void arms(boolean now) {
        arms = now;
    }

    /**
     * A clean stop of the agent disarms the device, but only when the slot could say so before.
     *
     * @return whether it did
     */
    boolean disarm() {
        Threads mine = threads;
        if (mine == null || mine.paused || !mine.steady || !armed) {
            return false;
        }
        world.slots().stands(host.id());
        mine.steady = false;
        armed = false;
        world.slots().beat(host.id(), mine.heartbeat());
        namedIn = "";
        cancelFire();
        world.slotsChanged();
        return true;
    }

    // ---- for whoever judges

    /** Since when its agent has run without standing still, in nanoseconds of the world; never ({@link Long#MAX_VALUE}) if it does not. */
    public long runsSince() {
        return runsSince;
    }

    /** Since when it has reached the storage. */
    public long reachesStorageSince() {
        return storageSince;
    }

    /** Since when its agent has had a lease that ZooKeeper would confirm. */
    public long reachesZooKeeperSince() {
        return threads == null ? Long.MAX_VALUE : threads.agent.leaseWellSince();
    }

    /** Whether a pill for this boot stands in its slot. */
    public boolean isToldToStop() {
        return world.slots().pillFor(host.id(), host.bootId()) != null;
    }

    private void noteWays() {
        boolean runs = threads != null && !threads.paused;
        if (runs != (runsSince != Long.MAX_VALUE)) {
            runsSince = runs ? world.timeline().now() : Long.MAX_VALUE;
        }
        boolean reaches = world.storage().reachable(host);
        if (reaches != (storageSince != Long.MAX_VALUE)) {
            storageSince = reaches ? world.timeline().now() : Long.MAX_VALUE;
        }
    }

    // ---- the device

    /** Begins to count anew. */
    private void counts() {
        if (fire == null) {
            fire = world.timeline().at(pettedAt + TIMES.watchdog().toNanos(), this::due);
        }
    }

    private void due() {
        fire = null;
        if (!armed) {
            return;
        }
        if (isSteady()) {
            // It is petted all the time.
            return;
        }
        if (pettedAt + TIMES.watchdog().toNanos() > world.timeline().now()) {
            counts();
            return;
        }
        fired = true;
        fire = world.timeline().after(dice.between(Duration.ZERO, SLOWEST_RESET), () -> {
            fire = null;
            host.reset();
        });
    }

    private void cancelFire() {
        if (fire != null) {
            fire.cancel();
            fire = null;
        }
    }

    /** The host has no power any more, or begins anew: so does the device. */
    void off() {
        armed = false;
        fired = false;
        cancelFire();
    }
}
