package io.holdfast.compute.agent;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.GuestSigns;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.WatchdogAction;
import io.holdfast.compute.agent.AgentMemory.Wanted;
import io.holdfast.compute.core.GuestFailureRule;
import io.holdfast.compute.core.GuestFailureRule.Ruling;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the agent does about guests that fail while their host is well.
 *
 * <p>Intuition: it is asked by an instance's lane, which has just looked, and answers what becomes of the guest; whether anything
 * may be started here at all, the lane decides as ever: by what this host owns, at which generation, and by the gate.
 *
 * <p>Invariants: no guest is begun anew because of a failure that is not written down first, so an agent that is killed over
 * and over keeps to the limit; a goal other than RUNNING is never acted for.
 *
 * <p>A guest is not trusted, and each failure goes to the database and to subscribers: what it can say by itself, its health
 * and its watchdog, is taken once in {@link #HOLD}.
 *
 * <p>Guarded by the agent's lock.
 */
final class GuestCare {

    private static final Logger log = LoggerFactory.getLogger(GuestCare.class);

    /** Too small lets a guest that changes its mind all the time write much; too large tells of a recovery late. */
    static final Duration HOLD = Duration.ofSeconds(5);

    /** Read by whoever is told that a guest has moved. */
    private static final String LEFT =
            "its guest was moved to another host, and not by us; report the move, or order it"
                    + " again to start it here once it runs nowhere else";

    private final GuestLedger ledger;
    private final AgentSettings settings;
    private final Clock clock;
    private final String bootId;

    /** @param bootId what is left as it is stays so in this boot of the host; in the next, what should run is started */
    GuestCare(GuestLedger ledger, AgentSettings settings, Clock clock, String bootId) {
        this.ledger = ledger;
        this.bootId = bootId;
        this.settings = settings;
        this.clock = clock;
    }

    /** For an instance that this agent has not met; one before it may have left it as it was. */
    Lane lane(InstanceId instance, @Nullable Wanted wanted) {
        Lane lane = new Lane(instance);
        lane.resting = wanted != null
                && bootId.equals(ledger.page(instance, wanted.generation()).leftIn());
        return lane;
    }

    /** It is about to be started, for whatever reason: what was the matter with the guest before is over. */
    void begins(Lane lane, Wanted wanted) {
        lane.health = GuestHealth.UNKNOWN;
        GuestLedger.Page page = ledger.page(lane.instance, wanted.generation());
        if (page.leftIn() != null) {
            put(lane, page.leftIn(null), "the next agent may leave it down");
        }
    }

    GuestSigns signs(Lane lane, Generation generation, ActualState actual) {
        GuestIncident last = ledger.page(lane.instance, generation).last();
        GuestHealth health = actual == ActualState.RUNNING ? lane.health : GuestHealth.UNKNOWN;
        return health == GuestHealth.UNKNOWN && last == null ? GuestSigns.NONE : new GuestSigns(health, last);
    }

    /**
     * A guest that should run has ended.
     *
     * @param cause as in {@link io.holdfast.compute.HypervisorDriver.GuestChange.Ended}, or {@code vanished}
     */
    Lane.Death ended(Lane lane, Wanted wanted, String cause) {
        lane.health = GuestHealth.UNKNOWN;
        boolean poweredOff = lane.poweredOff;
        lane.poweredOff = false;
        GuestFailure failure = switch (cause) {
            case "crashed" -> GuestFailure.PANICKED;
            case "failed", "destroyed", "vanished" -> GuestFailure.LOST;
            case "shutdown" -> GuestFailure.STOPPED;
            default -> null;
        };
        if (cause.equals("migrated")) {
            // It runs on elsewhere. Were it started here, by us or by the next agent, there would be two of it.
            put(
                    lane,
                    ledger.page(lane.instance, wanted.generation()).leftIn(bootId),
                    "the next agent may start it here");
            lane.resting = true;
            return new Lane.Death(ActualState.FAILED, LEFT, null);
        }
        if (failure == null) {
            return lane.rests("its guest left: " + cause);
        }
        if (poweredOff && failure != GuestFailure.PANICKED) {
            put(
                    lane,
                    ledger.page(lane.instance, wanted.generation()).leftIn(bootId),
                    "the next agent may start it again");
            return lane.rests("its watchdog powered it off");
        }
        String what = failure == GuestFailure.STOPPED ? "shut itself down" : "its guest ended: " + cause;
        Ruling ruling = rule(lane, wanted, failure);
        Lane.Death death = switch (ruling.response()) {
            case TOLD ->
                failure == GuestFailure.STOPPED
                        ? lane.rests(what)
                        : new Lane.Death(
                                ActualState.FAILED,
                                what + "; it is left so, as its owner wishes; order it again to start it",
                                null);
            case GIVEN_UP -> new Lane.Death(ActualState.FAILED, tooOften(what, ruling), null);
            case RESTARTED -> lane.died(cause, what, settings);
        };
        GuestResponse response = ruling.response() == GuestResponse.RESTARTED && death.restartAfter() == null
                ? GuestResponse.GIVEN_UP
                : ruling.response();
        String unwritten = write(lane, wanted, failure, response, ruling.restarts(), death.detail(), true);
        Lane.Death told = unwritten == null || death.restartAfter() == null
                ? death
                : new Lane.Death(ActualState.FAILED, what + "; " + unwritten, null);
        // A list of what this host owns comes with each new leader, and is no order to start what was left as it is.
        lane.resting |= told.restartAfter() == null;
        return told;
    }

    /** A guest should run and does not, and nobody saw it end. Started again it is by an order alone. */
    Lane.Death missed(Lane lane, Wanted wanted, boolean sameBoot) {
        GuestLedger.Page page = ledger.page(lane.instance, wanted.generation());
        GuestIncident last = page.last();
        if (lane.resting) {
            if (last == null) {
                return new Lane.Death(ActualState.FAILED, LEFT, null);
            }
            GuestFailure failure = last.failure();
            boolean down = failure == GuestFailure.STOPPED || failure == GuestFailure.WATCHDOG;
            return new Lane.Death(down ? ActualState.STOPPED : ActualState.FAILED, last.detail(), null);
        }
        Lane.Death death = lane.missed(settings);
        // Of a host that has booted each guest has ended, and that is told as the host's failure; of a start that
        // failed, whoever ordered it hears.
        if (sameBoot && lane.report == null && !lane.unordered) {
            // Where its owner has it restarted, the next list of what this host owns does; not we: we may own it no
            // more.
            boolean left = rule(lane, wanted, GuestFailure.LOST).response() != GuestResponse.RESTARTED;
            lane.resting = left;
            write(lane, wanted, GuestFailure.LOST, GuestResponse.TOLD, page.restarts(), death.detail(), left);
        }
        return death;
    }

    /** A guest that was to be begun anew could not be started; tried again, until a human has to. */
    Lane.Death startFailed(Lane lane, Wanted wanted, String reason) {
        Lane.Death death = lane.diesAgain(reason, reason, settings);
        GuestLedger.Page page = ledger.page(lane.instance, wanted.generation());
        if (death.restartAfter() == null && !lane.unordered && page.last() != null) {
            lane.resting = true;
            GuestFailure failure = page.last().failure();
            write(lane, wanted, failure, GuestResponse.GIVEN_UP, page.restarts(), death.detail(), true);
        }
        return death;
    }

    /**
     * What a guest's heartbeat says now.
     *
     * @return whether it is to be ended and begun anew
     */
    boolean sees(Lane lane, Wanted wanted, GuestHealth health) {
        long now = System.nanoTime();
        if (health == lane.health || now - lane.healthSinceNanos < 0) {
            return false;
        }
        lane.health = health;
        lane.healthSinceNanos = now + HOLD.toNanos();
        return switch (health) {
            case SILENT -> failed(lane, wanted, GuestFailure.SILENT, "its heartbeat has ceased");
            case UNHEALTHY -> failed(lane, wanted, GuestFailure.UNHEALTHY, "says that it is unhealthy");
            case HEALTHY, UNKNOWN, LEFT -> false;
        };
    }

    /** Whether a look that saw this has anything new; {@link #sees} would take it. */
    boolean isNews(Lane lane, GuestHealth health) {
        return health != lane.health && System.nanoTime() - lane.healthSinceNanos >= 0;
    }

    /** A guest's watchdog has bitten, and did what it is there for. False when that is not told. */
    boolean bitten(Lane lane, Wanted wanted, WatchdogAction done) {
        long now = System.nanoTime();
        if (wanted.goal() != InstanceGoal.RUNNING
                || !lane.shows(ActualState.RUNNING)
                || wanted.spec().terms().watchdog() == WatchdogAction.NONE
                || now - lane.bittenUntilNanos < 0) {
            return false;
        }
        lane.bittenUntilNanos = now + HOLD.toNanos();
        lane.poweredOff = done == WatchdogAction.POWEROFF;
        String what = switch (done) {
            case RESET -> "its watchdog has reset it";
            case POWEROFF -> "its watchdog has powered it off";
            case PAUSE -> "its watchdog has halted it; it stands still until somebody resets or stops it";
            case NONE, NOTIFY, DISABLED -> "its watchdog was not petted in time";
        };
        failed(lane, wanted, GuestFailure.WATCHDOG, what);
        return true;
    }

    private boolean failed(Lane lane, Wanted wanted, GuestFailure failure, String what) {
        Ruling ruling = rule(lane, wanted, failure);
        String detail = ruling.response() == GuestResponse.GIVEN_UP ? tooOften(what, ruling) : what;
        // It runs on, or is begun anew: nothing of it is left down.
        String unwritten = write(lane, wanted, failure, ruling.response(), ruling.restarts(), detail, false);
        boolean anew =
                ruling.response() == GuestResponse.RESTARTED && failure != GuestFailure.WATCHDOG && unwritten == null;
        if (anew) {
            // Whoever started it waits for it no more: a start that fails is tried again, as after a death.
            lane.quickDeaths = Math.max(1, lane.quickDeaths);
        }
        return anew;
    }

    private Ruling rule(Lane lane, Wanted wanted, GuestFailure failure) {
        return GuestFailureRule.rule(
                wanted.spec().terms(),
                failure,
                ledger.page(lane.instance, wanted.generation()).restarts(),
                clock.instant(),
                new GuestFailureRule.Limit(settings.restartsPerWindow(), settings.restartWindow()));
    }

    private String tooOften(String what, Ruling ruling) {
        return what + "; it was restarted " + ruling.restarts().size() + " times within "
                + settings.restartWindow().toMinutes() + " min and is not again by itself; find out why, then order it"
                + " again";
    }

    /**
     * Null when it is durable, else why nothing may be done about it.
     *
     * @param down whether the guest is down by now, and stays so unless the response is to restart it
     */
    private @Nullable String write(
            Lane lane,
            Wanted wanted,
            GuestFailure failure,
            GuestResponse response,
            List<Instant> restarts,
            String detail,
            boolean down) {
        // As precise as the page keeps it, so that the next agent tells the same.
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        GuestIncident before = ledger.page(lane.instance, wanted.generation()).last();
        long number = Math.max(now.toEpochMilli(), before == null ? 0 : before.number() + 1);
        log.info("instance={} guest failure={} response={} detail={}", lane.instance, failure, response, detail);
        GuestIncident incident = new GuestIncident(number, failure, response, restarts.size(), detail, now);
        String leftIn = down && response != GuestResponse.RESTARTED ? bootId : null;
        try {
            ledger.write(lane.instance, new GuestLedger.Page(wanted.generation(), restarts, incident, leftIn));
            return null;
        } catch (IOException e) {
            String why = "it is not restarted, because that cannot be written down: " + e.getMessage();
            log.warn("instance={} {}", lane.instance, why);
            // Told all the same, from memory; a human has to make room.
            GuestIncident held = response == GuestResponse.RESTARTED
                    ? new GuestIncident(
                            number, failure, GuestResponse.GIVEN_UP, restarts.size() - 1, detail + "; " + why, now)
                    : incident;
            List<Instant> counted =
                    ledger.page(lane.instance, wanted.generation()).restarts();
            ledger.remember(lane.instance, new GuestLedger.Page(wanted.generation(), counted, held, leftIn));
            return why;
        }
    }

    /** Kept in memory where the disk refuses it, which matters to the next agent alone. */
    private void put(Lane lane, GuestLedger.Page page, String otherwise) {
        try {
            ledger.write(lane.instance, page);
        } catch (IOException e) {
            log.warn("instance={} {}, because this cannot be written down: {}", lane.instance, otherwise, e.toString());
            ledger.remember(lane.instance, page);
        }
    }
}
