package io.holdfast.compute.grpc;

import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.GuestSigns;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.WatchdogAction;
import io.holdfast.compute.grpc.v1.Failure;
import io.holdfast.compute.grpc.v1.Health;
import io.holdfast.compute.grpc.v1.Incident;
import io.holdfast.compute.grpc.v1.Report;
import io.holdfast.compute.grpc.v1.Response;
import java.time.Instant;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/** What is said of guests that fail, to and from the product's own words. Pure. A word of a later release is not concluded from. */
final class GuestWire {

    private GuestWire() {}

    static io.holdfast.compute.grpc.v1.GuestTerms write(GuestTerms terms) {
        io.holdfast.compute.grpc.v1.GuestTerms.Builder message = io.holdfast.compute.grpc.v1.GuestTerms.newBuilder()
                .setWatchdog(
                        switch (terms.watchdog()) {
                            case DISABLED -> io.holdfast.compute.grpc.v1.WatchdogAction.WATCHDOG_ACTION_DISABLED;
                            case RESET -> io.holdfast.compute.grpc.v1.WatchdogAction.WATCHDOG_ACTION_RESET;
                            case POWEROFF -> io.holdfast.compute.grpc.v1.WatchdogAction.WATCHDOG_ACTION_POWEROFF;
                            case PAUSE -> io.holdfast.compute.grpc.v1.WatchdogAction.WATCHDOG_ACTION_PAUSE;
                            case NONE -> io.holdfast.compute.grpc.v1.WatchdogAction.WATCHDOG_ACTION_NONE;
                            case NOTIFY -> io.holdfast.compute.grpc.v1.WatchdogAction.WATCHDOG_ACTION_NOTIFY;
                        });
        terms.restarted().forEach(failure -> message.addRestarted(write(failure)));
        return message.build();
    }

    static GuestTerms read(io.holdfast.compute.grpc.v1.GuestTerms terms) {
        EnumSet<GuestFailure> restarted = EnumSet.noneOf(GuestFailure.class);
        for (Failure failure : terms.getRestartedList()) {
            GuestFailure known = read(failure);
            if (known != null) {
                restarted.add(known);
            }
        }
        return new GuestTerms(
                switch (terms.getWatchdog()) {
                    case WATCHDOG_ACTION_RESET -> WatchdogAction.RESET;
                    case WATCHDOG_ACTION_POWEROFF -> WatchdogAction.POWEROFF;
                    case WATCHDOG_ACTION_PAUSE -> WatchdogAction.PAUSE;
                    case WATCHDOG_ACTION_NONE -> WatchdogAction.NONE;
                    case WATCHDOG_ACTION_NOTIFY -> WatchdogAction.NOTIFY;
                    case WATCHDOG_ACTION_DISABLED, WATCHDOG_ACTION_UNSPECIFIED, UNRECOGNIZED -> WatchdogAction.DISABLED;
                },
                restarted);
    }

    static void write(GuestSigns signs, Report.Builder report) {
        report.setHealth(
                switch (signs.health()) {
                    case UNKNOWN -> Health.HEALTH_UNKNOWN;
                    case HEALTHY -> Health.HEALTH_HEALTHY;
                    case UNHEALTHY -> Health.HEALTH_UNHEALTHY;
                    case SILENT -> Health.HEALTH_SILENT;
                    case LEFT -> Health.HEALTH_LEFT;
                });
        GuestIncident last = signs.last();
        if (last != null) {
            report.setLastIncident(Incident.newBuilder()
                    .setNumber(last.number())
                    .setFailure(write(last.failure()))
                    .setResponse(
                            switch (last.response()) {
                                case RESTARTED -> Response.RESPONSE_RESTARTED;
                                case TOLD -> Response.RESPONSE_TOLD;
                                case GIVEN_UP -> Response.RESPONSE_GIVEN_UP;
                            })
                    .setRestarts(last.restarts())
                    .setDetail(last.detail())
                    .setAtEpochMillis(last.at().toEpochMilli()));
        }
    }

    static GuestSigns signs(Report report) {
        GuestHealth health = switch (report.getHealth()) {
            case HEALTH_HEALTHY -> GuestHealth.HEALTHY;
            case HEALTH_UNHEALTHY -> GuestHealth.UNHEALTHY;
            case HEALTH_SILENT -> GuestHealth.SILENT;
            case HEALTH_LEFT -> GuestHealth.LEFT;
            case HEALTH_UNKNOWN, UNRECOGNIZED -> GuestHealth.UNKNOWN;
        };
        GuestIncident last = report.hasLastIncident() ? read(report.getLastIncident()) : null;
        return health == GuestHealth.UNKNOWN && last == null ? GuestSigns.NONE : new GuestSigns(health, last);
    }

    private static @Nullable GuestIncident read(Incident incident) {
        GuestFailure failure = read(incident.getFailure());
        if (failure == null) {
            return null;
        }
        return new GuestIncident(
                incident.getNumber(),
                failure,
                switch (incident.getResponse()) {
                    case RESPONSE_RESTARTED -> GuestResponse.RESTARTED;
                    case RESPONSE_GIVEN_UP -> GuestResponse.GIVEN_UP;
                    case RESPONSE_TOLD, RESPONSE_UNSPECIFIED, UNRECOGNIZED -> GuestResponse.TOLD;
                },
                incident.getRestarts(),
                incident.getDetail(),
                Instant.ofEpochMilli(incident.getAtEpochMillis()));
    }

    private static Failure write(GuestFailure failure) {
        return switch (failure) {
            case PANICKED -> Failure.FAILURE_PANICKED;
            case WATCHDOG -> Failure.FAILURE_WATCHDOG;
            case LOST -> Failure.FAILURE_LOST;
            case STOPPED -> Failure.FAILURE_STOPPED;
            case SILENT -> Failure.FAILURE_SILENT;
            case UNHEALTHY -> Failure.FAILURE_UNHEALTHY;
        };
    }

    private static @Nullable GuestFailure read(Failure failure) {
        return switch (failure) {
            case FAILURE_PANICKED -> GuestFailure.PANICKED;
            case FAILURE_WATCHDOG -> GuestFailure.WATCHDOG;
            case FAILURE_LOST -> GuestFailure.LOST;
            case FAILURE_STOPPED -> GuestFailure.STOPPED;
            case FAILURE_SILENT -> GuestFailure.SILENT;
            case FAILURE_UNHEALTHY -> GuestFailure.UNHEALTHY;
            case FAILURE_UNSPECIFIED, UNRECOGNIZED -> null;
        };
    }
}
