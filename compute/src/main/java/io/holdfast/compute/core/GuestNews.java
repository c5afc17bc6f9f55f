package io.holdfast.compute.core;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.GuestState;
import io.holdfast.compute.InstanceReport;
import java.util.ArrayList;
import java.util.List;

/**
 * What a home's report makes known of its guest: each failure once, and once that the guest is well again.
 *
 * <p>Only for a report that counts ({@link ReportRule}). A report carries the last failure of its generation as a level, so
 * what was lost on the way is in the next one, and what was told already has no higher number. Of several failures between
 * two reports the last one is told, with how many restarts there were.
 */
public final class GuestNews {

    private GuestNews() {}

    /** @param type of the notice */
    public record Notice(String type, String reason) {}

    /** @param notices in the order in which they are told */
    public record News(GuestState next, List<Notice> notices) {

        public News {
            notices = List.copyOf(notices);
        }
    }

    public static News of(GuestState known, InstanceReport report) {
        List<Notice> notices = new ArrayList<>();
        GuestIncident said = report.signs().last();
        GuestHealth health = report.signs().health();
        boolean sameGeneration = known.generation().equals(report.generation());
        GuestIncident told = known.last();
        boolean open = known.open();
        boolean givenUp = open && told != null && told.response() == GuestResponse.GIVEN_UP;
        if (said != null && (!sameGeneration || told == null || said.number() > told.number())) {
            told = said;
            open = true;
            notices.add(failed(said));
            if (said.response() == GuestResponse.GIVEN_UP && !givenUp) {
                notices.add(new Notice("instance.needs-operator", said.detail()));
            }
        }
        if (open && told != null && isWell(report.actual(), health, told)) {
            open = false;
            notices.add(new Notice("instance.guest-recovered", "its guest runs, and nothing is wrong with it"));
        }
        return new News(new GuestState(report.generation(), health, told, open), notices);
    }

    /** Of a watchdog that bit nobody knows whether its guest is well, unless its heartbeat says so. */
    private static boolean isWell(ActualState actual, GuestHealth health, GuestIncident last) {
        if (actual != ActualState.RUNNING) {
            return false;
        }
        return switch (last.failure()) {
            case WATCHDOG -> health == GuestHealth.HEALTHY;
            case PANICKED, LOST, STOPPED, SILENT, UNHEALTHY ->
                health != GuestHealth.SILENT && health != GuestHealth.UNHEALTHY;
        };
    }

    private static Notice failed(GuestIncident incident) {
        return switch (incident.failure()) {
            case PANICKED -> new Notice("instance.guest-panicked", incident.detail());
            case WATCHDOG -> new Notice("instance.guest-watchdog", incident.detail());
            case LOST -> new Notice("instance.guest-lost", incident.detail());
            case STOPPED -> new Notice("instance.guest-stopped", incident.detail());
            case SILENT -> new Notice("instance.guest-silent", incident.detail());
            case UNHEALTHY -> new Notice("instance.guest-unhealthy", incident.detail());
        };
    }
}
