package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Nic;
import io.holdfast.compute.Particulars;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.network.Ipv4;
import io.holdfast.network.Network;
import io.holdfast.network.Port;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class StoredNovaViewsTest {

    private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");
    private static final ProjectId BLUE = ProjectId.of("blue");

    @Test
    void aServerIsToldWithItsAddressesAndWithWhatItsOwnerWrote() {
        Network net =
                new Network(UUID.randomUUID(), "public", BLUE, "", true, true, "default", 1500, List.of(), THEN, THEN);
        InstanceId id = InstanceId.of(UUID.randomUUID());
        Port port = new Port(
                UUID.randomUUID(),
                net.id(),
                BLUE,
                "",
                "",
                "fa:16:3e:00:00:01",
                true,
                id.toString(),
                "compute:nova",
                List.of(new Port.Fixed(
                        UUID.randomUUID(), Ipv4.parse("192.0.2.7").orElseThrow())),
                List.of(),
                THEN,
                THEN);
        Particulars said = new Particulars(
                "the shop", "shop", new Particulars.Lock(Particulars.By.OWNER, "in use"), "key", "r-1", 0, false);
        Instance instance = instance(id, said, List.of(new Nic(port.id(), port.mac(), null)));
        StoredNovaViews views = views(instance, port, net);

        Map<String, Object> told = views.instance(id.value()).orElseThrow();
        assertThat(told)
                .containsEntry("display_description", "the shop")
                .containsEntry("host_name", "shop")
                .containsEntry("key_name", "key")
                .containsEntry("reservation_id", "r-1")
                .containsEntry("locked", true)
                .containsEntry("locked_reason", "in use");
        assertThat(String.valueOf(told.get("ip_addresses")))
                .contains("IpPayload", "address=192.0.2.7", "label=public", "mac=" + port.mac());
    }

    @Test
    void aServerOfWhichNothingIsWrittenHasItsNameAndNoAddress() {
        InstanceId id = InstanceId.of(UUID.randomUUID());
        Map<String, Object> told = views(instance(id, Particulars.NONE, List.of()), null, null)
                .instance(id.value())
                .orElseThrow();
        assertThat(told)
                .containsEntry("host_name", "vm")
                .containsEntry("locked", false)
                .containsEntry("ip_addresses", List.of());
        assertThat(views(null, null, null).instance(id.value())).isEmpty();
    }

    private static StoredNovaViews views(@Nullable Instance instance, @Nullable Port port, @Nullable Network net) {
        return new StoredNovaViews(
                id -> Optional.ofNullable(instance),
                host -> Optional.empty(),
                flavor -> Optional.empty(),
                id -> port == null ? List.of() : List.of(port),
                id -> Optional.ofNullable(net));
    }

    private static Instance instance(InstanceId id, Particulars said, List<Nic> nics) {
        return new Instance(
                id,
                "vm",
                BLUE,
                "ann",
                FlavorId.of("small"),
                new Resources(1, 64, 1),
                ImageId.of(UUID.randomUUID()),
                null,
                InstanceGoal.RUNNING,
                ActualState.RUNNING,
                false,
                null,
                null,
                HostId.of("h1"),
                Generation.of(1),
                HostEpoch.ZERO,
                RecoveryPolicy.NONE,
                "default",
                List.of(),
                Map.of(),
                THEN,
                THEN,
                THEN,
                said,
                nics);
    }
}
