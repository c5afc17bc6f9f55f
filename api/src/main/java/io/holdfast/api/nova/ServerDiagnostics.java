package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Microversion;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.Diagnostics;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.GuestFigures;
import io.holdfast.compute.Instance;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * A guest's figures: up to 2.47 a number by each name that the hypervisor has for it, from 2.48 on in the one form of all
 * hypervisors, where what nobody counts is null.
 */
final class ServerDiagnostics {

    private static final int ONE_FORM = 48;
    private static final long KIB_PER_MIB = 1024;

    private final GuestFigures figures;
    private final InstantSource clock;

    ServerDiagnostics(GuestFigures figures, InstantSource clock) {
        this.figures = figures;
        this.clock = clock;
    }

    Reply show(Instance instance, Microversion version) {
        if (instance.actual() != ActualState.RUNNING) {
            throw ApiFault.conflict("Cannot 'get_diagnostics' instance " + instance.id()
                    + " while it is in power state " + power(instance.actual()));
        }
        return switch (figures.read(instance)) {
            case DiagnosticsAnswer.Known(Diagnostics known) ->
                Reply.ok(version.atLeast(ONE_FORM) ? oneForm(instance, known) : byName(known));
            case DiagnosticsAnswer.Unknown(String reason) ->
                throw ApiFault.conflict("Instance " + instance.id() + " is not ready: " + reason);
        };
    }

    private static String power(ActualState actual) {
        return switch (actual) {
            case RUNNING -> "running";
            case PAUSED -> "paused";
            case STOPPED, SUSPENDED, FAILED -> "shutdown";
            case BUILDING, UNKNOWN, DELETED -> "pending";
        };
    }

    private static JsonObject byName(Diagnostics from) {
        JsonObject shown = new JsonObject();
        for (int i = 0; i < from.cpus().size(); i++) {
            put(shown, "cpu" + i + "_time", from.cpus().get(i));
        }
        from.disks().forEach(disk -> {
            put(shown, disk.device() + "_read", disk.readBytes());
            put(shown, disk.device() + "_read_req", disk.readRequests());
            put(shown, disk.device() + "_write", disk.writeBytes());
            put(shown, disk.device() + "_write_req", disk.writeRequests());
            // Nova shows a number that the hypervisor does not give as it is: -1.
            shown.put(disk.device() + "_errors", disk.errors());
        });
        from.cards().forEach(card -> {
            put(shown, card.device() + "_rx", card.rxBytes());
            put(shown, card.device() + "_rx_packets", card.rxPackets());
            put(shown, card.device() + "_rx_errors", card.rxErrors());
            put(shown, card.device() + "_rx_drop", card.rxDropped());
            put(shown, card.device() + "_tx", card.txBytes());
            put(shown, card.device() + "_tx_packets", card.txPackets());
            put(shown, card.device() + "_tx_errors", card.txErrors());
            put(shown, card.device() + "_tx_drop", card.txDropped());
        });
        put(shown, "memory", from.memoryKib());
        put(shown, "memory-rss", from.memoryUsedKib());
        return shown;
    }

    private JsonObject oneForm(Instance instance, Diagnostics from) {
        JsonArray cpus = new JsonArray();
        for (int i = 0; i < from.cpus().size(); i++) {
            cpus.add(new JsonObject()
                    .put("id", i)
                    .put("time", known(from.cpus().get(i)))
                    .put("utilisation", null));
        }
        JsonArray disks = new JsonArray();
        from.disks()
                .forEach(disk -> disks.add(new JsonObject()
                        .put("read_bytes", known(disk.readBytes()))
                        .put("read_requests", known(disk.readRequests()))
                        .put("write_bytes", known(disk.writeBytes()))
                        .put("write_requests", known(disk.writeRequests()))
                        .put("errors_count", known(disk.errors()))));
        JsonArray cards = new JsonArray();
        from.cards()
                .forEach(card -> cards.add(new JsonObject()
                        .put("mac_address", card.mac())
                        .put("rx_octets", known(card.rxBytes()))
                        .put("rx_packets", known(card.rxPackets()))
                        .put("rx_errors", known(card.rxErrors()))
                        .put("rx_drop", known(card.rxDropped()))
                        .put("rx_rate", null)
                        .put("tx_octets", known(card.txBytes()))
                        .put("tx_packets", known(card.txPackets()))
                        .put("tx_errors", known(card.txErrors()))
                        .put("tx_drop", known(card.txDropped()))
                        .put("tx_rate", null)));
        Long most = known(from.memoryKib());
        Long used = known(from.memoryUsedKib());
        return new JsonObject()
                .put("state", from.state())
                .put("driver", "libvirt")
                .put("hypervisor", from.hypervisor())
                .put("hypervisor_os", "linux")
                .put("uptime", uptime(instance))
                .put("config_drive", instance.particulars().configDrive())
                .put("num_cpus", cpus.size())
                .put("num_disks", disks.size())
                .put("num_nics", cards.size())
                .put("cpu_details", cpus)
                .put("disk_details", disks)
                .put("nic_details", cards)
                .put(
                        "memory_details",
                        new JsonObject()
                                .put("maximum", most == null ? null : most / KIB_PER_MIB)
                                .put("used", used == null ? null : used / KIB_PER_MIB));
    }

    /** In seconds since it was launched, as Nova counts. */
    private @Nullable Long uptime(Instance instance) {
        return instance.launchedAt() == null
                ? null
                : Math.max(
                        0,
                        Duration.between(instance.launchedAt(), clock.instant()).toSeconds());
    }

    private static @Nullable Long known(long number) {
        return number == Diagnostics.UNKNOWN ? null : number;
    }

    private static void put(JsonObject shown, String name, long number) {
        if (number != Diagnostics.UNKNOWN) {
            shown.put(name, number);
        }
    }
}
