package io.holdfast.chaos.sim;

import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.Overcommit;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.recovery.GuardSettings;
import io.holdfast.recovery.InstanceSettings;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.UnfenceSettings;
import io.holdfast.scheduler.SchedulerSettings;
import java.time.Duration;
import java.util.Map;

/**
 * The product's settings in a world: the defaults, but a human is called sooner, so that a seed need not last an hour.
 *
 * @param withdrawnFor {@code compute.withdrawn-for}
 * @param slots {@code fencing.slot}, for hosts that fence themselves
 * @param fencesItself whether the hosts that a seed draws do
 */
public record Settings(
        MembershipSettings membership,
        RecoverySettings recovery,
        SchedulerSettings scheduler,
        Overcommit overcommit,
        Duration withdrawnFor,
        FencingSettings.Slot slots,
        boolean fencesItself) {

    /** In how many seeds hosts fence themselves. */
    private static final double SELF_FENCING = 0.3;

    /** As much as controllers' clocks may drift in a world, and a little more. */
    private static final double DRIFT = 0.021;

    /** Three levels before the one that waits for a host to have fenced itself. */
    private static final Duration LONGER_LADDER = Duration.ofSeconds(21);

    public static Settings usual() {
        return usual(RecoverySettings.defaults().fenceDeadline());
    }

    private static Settings usual(Duration fenceDeadline) {
        MembershipSettings m = MembershipSettings.defaults();
        MembershipSettings slower = new MembershipSettings(
                m.connectString(),
                m.zookeeperPort(),
                m.bindAddress(),
                m.sessionTimeout(),
                m.groupPort(),
                m.groupHosts(),
                m.networks(),
                m.cut(),
                m.heartbeatInterval(),
                m.heartbeatTimeout(),
                m.verifyTimeout(),
                m.leaseTime(),
                m.groupTime(),
                m.probeTime(),
                m.hangTime(),
                m.probeTimeout(),
                m.powerTimeout(),
                m.askTime(),
                m.inquiryInterval(),
                m.agentSilence(),
                m.grace(),
                m.settleTime(),
                // A look every 200 ms finds the same as one every 50 ms, a little later, at a quarter of the work.
                Duration.ofMillis(200),
                m.pauseLimit(),
                m.shareWindow(),
                m.maxShare(),
                m.slotTime(),
                m.verdictRepeat(),
                m.health());
        RecoverySettings r = RecoverySettings.defaults();
        RecoverySettings sooner = new RecoverySettings(
                r.fenceAttempts(),
                fenceDeadline,
                r.fenceBackoff(),
                Duration.ofSeconds(15),
                r.maxFencesInFlight(),
                r.condemnShare(),
                r.holdRecheck(),
                Duration.ofSeconds(20),
                r.startAttempts(),
                Duration.ofSeconds(30),
                r.retryBackoff(),
                r.replanInterval(),
                Duration.ofSeconds(60),
                r.maxStartsPerDestination(),
                r.maxStartsTotal(),
                r.callDeadline(),
                r.callBackoff(),
                r.scanInterval(),
                patient(r.guards()),
                r.proofs(),
                r.unfence(),
                soonBack(r.instances()));
        SchedulerSettings scheduler = SchedulerSettings.defaults();
        return new Settings(
                slower,
                sooner,
                scheduler,
                new Overcommit(scheduler.vcpuOvercommit(), scheduler.memoryOvercommit()),
                ComputeSettings.defaults().withdrawnFor(),
                slots(FencingSettings.Slot.defaults()),
                false);
    }

    /**
     * As {@link #usual}, with the guards that this seed has: a third of all seeds those that never hold, so that what comes
     * after is tried; a third the product's defaults; and a third so tight that the second failure meets one. By dice of
     * its own, hosts that were fenced get their power back in a third of all seeds.
     */
    public static Settings ofSeed(long seed) {
        boolean fencesItself = Dice.of(seed, "slots").chance(SELF_FENCING);
        Settings usual = fencesItself ? usual(LONGER_LADDER) : usual();
        Dice dice = Dice.of(seed, "guards");
        double kind = dice.share();
        GuardSettings defaults = GuardSettings.defaults();
        GuardSettings guards = kind < 1.0 / 3
                ? usual.recovery.guards()
                : kind < 2.0 / 3
                        ? defaults
                        : new GuardSettings(
                                defaults.domainShare(),
                                defaults.domainWindow(),
                                dice.between(1, 4),
                                defaults.fenceWindow(),
                                2,
                                defaults.stormWindow(),
                                Duration.ofSeconds(dice.between(60, 300)),
                                dice.between(1, 2),
                                defaults.flapWindow(),
                                defaults.healthyPeriod());
        return new Settings(
                usual.membership,
                usual.recovery.with(guards).with(unfence(Dice.of(seed, "power return"))),
                usual.scheduler,
                usual.overcommit,
                usual.withdrawnFor,
                usual.slots,
                fencesItself);
    }

    /** In two of three worlds a fenced host stays off, as is the product's default; in the others it comes back. */
    private static UnfenceSettings unfence(Dice dice) {
        UnfenceSettings defaults = UnfenceSettings.defaults();
        return dice.chance(2.0 / 3)
                ? defaults
                : new UnfenceSettings(
                        UnfenceSettings.Policy.POWER_ON,
                        Duration.ofSeconds(dice.between(0, 60)),
                        dice.between(1, 3),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(60),
                        dice.chance(0.3),
                        false,
                        Map.of());
    }

    private static FencingSettings.Slot slots(FencingSettings.Slot defaults) {
        return new FencingSettings.Slot(
                defaults.path(),
                defaults.offset(),
                defaults.lookInterval(),
                defaults.deadline(),
                DRIFT,
                defaults.margin(),
                defaults.boundMax(),
                FencingSettings.Slot.Read.SELF);
    }

    Settings mutated(Mutation mutation) {
        return new Settings(
                mutation.membership(membership),
                mutation.recovery(recovery),
                scheduler,
                overcommit,
                withdrawnFor,
                slots,
                fencesItself);
    }

    /** Whoever goes back to its old home does so within the length of a seed. */
    private static InstanceSettings soonBack(InstanceSettings instances) {
        return new InstanceSettings(
                instances.defaultPriority(),
                instances.dependencyLimit(),
                instances.restartLimit(),
                Duration.ofSeconds(40),
                instances.failbacksAtOnce(),
                instances.sayLimit());
    }

    /**
     * A seed is one storm from its first second to its last. With the usual guards of quarantine, rate and cool-down every
     * case of it would end in front of a human, and nothing of what comes after would ever be tried. The guards of the
     * segment's share and of failure domains are as usual.
     */
    private static GuardSettings patient(GuardSettings guards) {
        return new GuardSettings(
                guards.domainShare(),
                guards.domainWindow(),
                1000,
                guards.fenceWindow(),
                1000,
                guards.stormWindow(),
                Duration.ZERO,
                1000,
                guards.flapWindow(),
                guards.healthyPeriod());
    }
}
