package io.holdfast.chaos.sim;

import io.holdfast.model.HostId;
import io.holdfast.recovery.core.Armed;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * An operator who gives orders while everything else goes on: works on hosts and on what they share, switches recovery off
 * and on, confirms dead hosts dead and living ones by mistake, gives cases up, tries again.
 *
 * <p>They are right in what nothing can check: whoever is confirmed dead has its plug out until the answer is there, and
 * longer. Whoever is confirmed by mistake has been well all along, so that its signals say so. When the core heals,
 * recovery is armed again and the work on what all share ends; hosts may stay in maintenance for good.
 */
final class OperatorAtWork {

    private static final Duration AGAIN = Duration.ofSeconds(3);
    private static final Duration PLUG_OUT = Duration.ofMinutes(2);

    private final World world;
    private final Dice dice;
    private final BooleanSupplier healed;

    OperatorAtWork(World world, Dice dice, BooleanSupplier healed) {
        this.world = world;
        this.dice = dice;
        this.healed = healed;
    }

    void act() {
        Host host = dice.pick(List.copyOf(world.hosts()));
        switch (dice.between(0, 9)) {
            case 0, 1 -> maintain(host);
            case 2 -> maintainSegment();
            case 3, 4 -> disarm();
            case 5, 6 -> confirmDead(host);
            case 7 -> confirmByMistake(host);
            case 8 -> world.operator().retry(host.id());
            default -> world.operator().abandon(host.id());
        }
    }

    /** Moves an instance off a host that may be well or not; mostly anywhere, at times to where it will not fit. */
    void migrate(Dice own) {
        List<Host.Guest> guests =
                world.hosts().stream().flatMap(host -> host.guests().stream()).toList();
        if (guests.isEmpty()) {
            return;
        }
        Host.Guest guest = own.pick(guests);
        HostId to = own.chance(0.3) ? own.pick(List.copyOf(world.hosts())).id() : null;
        world.operator().migrate(guest.instance(), to);
    }

    /** Recovery acts again, and nobody works on what all share, as soon as somebody takes the order. */
    void goHome() {
        boolean armed = !world.database().segmentOrders().disarmed();
        boolean shared = world.database().segmentOrders().maintenance() != null;
        if (!armed) {
            world.operator().arm(Armed.ARMED);
        }
        if (shared) {
            world.operator().maintenance(false);
        }
        if (!armed || shared) {
            world.timeline().after(AGAIN, this::goHome);
        }
    }

    private void later(Duration delay, Runnable what) {
        world.timeline().after(delay, () -> {
            if (!healed.getAsBoolean()) {
                what.run();
            }
        });
    }

    private Duration seconds(int least, int most) {
        return dice.between(Duration.ofSeconds(least), Duration.ofSeconds(most));
    }

    /** Often they reboot it; and at times they forget it. */
    private void maintain(Host host) {
        world.operator().maintenance(host.id(), true);
        if (dice.chance(0.6)) {
            later(seconds(1, 20), () -> host.losePower("for work on it"));
            later(seconds(21, 60), host::boot);
        }
        if (dice.chance(0.8)) {
            later(seconds(30, 120), () -> world.operator().maintenance(host.id(), false));
        }
    }

    private void maintainSegment() {
        world.operator().maintenance(true);
        later(seconds(10, 60), () -> world.operator().maintenance(false));
    }

    private void disarm() {
        world.operator().arm(dice.chance(0.5) ? Armed.FREEZE : Armed.IGNORE);
        later(seconds(10, 60), () -> world.operator().arm(Armed.ARMED));
    }

    private void confirmDead(Host host) {
        boolean condemned = world.database()
                .row(host.id())
                .filter(row -> row.state() == io.holdfast.compute.HostState.CONDEMNED)
                .isPresent();
        if (!condemned && host.hasPower()) {
            return;
        }
        host.unplug("the operator pulls the plug");
        world.timeline().after(PLUG_OUT, host::plugIn);
        HostId id = host.id();
        Set<String> overridden = dice.chance(0.3) ? Set.of("power") : Set.of();
        // Its lease and its place in the group outlive it by a moment.
        later(seconds(2, 5), () -> world.operator().confirmDead(id, overridden, () -> !host.hasPower()));
    }

    private void confirmByMistake(Host host) {
        long since = host.healthySince();
        if (since > world.timeline().now() - Duration.ofSeconds(10).toNanos()) {
            return;
        }
        Set<String> overridden = dice.chance(0.5) ? Set.of("power") : Set.of();
        world.operator().confirmDead(host.id(), overridden, () -> host.healthySince() == since);
    }
}
