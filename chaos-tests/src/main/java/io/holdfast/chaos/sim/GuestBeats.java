package io.holdfast.chaos.sim;

import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What guests say through their heartbeat channel. A guest whose owner counts on it beats every second from the end of its
 * boot on; all others never open the channel. Only the first beat that an agent can hear makes a difference, so the ones
 * after it are not simulated.
 */
final class GuestBeats {

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration BOOT_MIN = Duration.ofMillis(500);
    private static final Duration BOOT_MAX = Duration.ofSeconds(10);

    private final World world;
    private final Dice dice;
    private final Map<Place, Life> lives = new HashMap<>();
    private final Set<InstanceId> silent = new HashSet<>();

    private record Place(HostId host, InstanceId instance) {}

    /** One run of a guest. Two are never the same one, whatever their instance and generation. */
    static final class Life {
        final Host host;
        final InstanceId instance;
        private boolean booted;
        private boolean toldOf;

        private Life(Host host, InstanceId instance) {
            this.host = host;
            this.instance = instance;
        }
    }

    GuestBeats(World world) {
        this.world = world;
        this.dice = world.dice("guests' heartbeats");
    }

    void began(Host host, InstanceId instance) {
        boolean needed = world.database()
                .instance(instance)
                .filter(row -> TermsRule.read(row.metadata()).readiness().needsHeartbeat())
                .isPresent();
        if (!needed) {
            return;
        }
        Life life = new Life(host, instance);
        lives.put(new Place(host.id(), instance), life);
        world.timeline().after(dice.between(BOOT_MIN, BOOT_MAX), () -> {
            life.booted = true;
            beat(life);
        });
    }

    void ended(Host host, InstanceId instance) {
        lives.remove(new Place(host.id(), instance));
    }

    /** An agent that has just begun hears what is said from now on. */
    void agentBegan(Host host) {
        for (Life life : List.copyOf(lives.values())) {
            if (life.host == host) {
                world.timeline().after(INTERVAL, () -> beat(life));
            }
        }
    }

    /** From now on it says nothing, in this life and in those to come; or it beats again. */
    void silent(InstanceId instance, boolean now) {
        if (now) {
            silent.add(instance);
        } else if (silent.remove(instance)) {
            for (Life life : List.copyOf(lives.values())) {
                if (life.instance.equals(instance)) {
                    beat(life);
                }
            }
        }
    }

    /** The run that is under way there; null when none is, or its guest never opens the channel. */
    @Nullable
    Life life(Host host, InstanceId instance) {
        return lives.get(new Place(host.id(), instance));
    }

    private void beat(Life life) {
        Host host = life.host;
        Host.Guest guest = host.guest(life.instance);
        if (guest == null || life(host, life.instance) != life || !life.booted || silent.contains(life.instance)) {
            return;
        }
        if (host.isHung()) {
            world.timeline().after(INTERVAL, () -> beat(life));
            return;
        }
        if (!life.toldOf) {
            life.toldOf = true;
            world.story().tell(host.party(), "the guest of " + world.name(life.instance) + " says that it is healthy");
            world.checkers().guestCameUp(guest);
        }
        Agent agent = host.agent();
        if (agent != null) {
            agent.heard(life);
        }
    }
}
