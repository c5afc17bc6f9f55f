package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Particulars;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OrdersTest {

    private static final InstanceId ID = InstanceId.of(UUID.fromString("00000000-0000-0000-0000-000000000007"));
    private static final ImageId IMAGE = ImageId.of(UUID.fromString("00000000-0000-0000-0000-000000000008"));

    @Test
    void anOrderCarriesTheHomesPresentEpochAndNotTheOneOfTheClaim() {
        InstanceOrder order = Orders.order(
                instance(),
                image(null, null, null),
                GuestTerms.DEFAULT,
                HostId.of("h1"),
                HostEpoch.of(9),
                LeaderEpoch.of(4));

        assertThat(order.hostEpoch()).isEqualTo(HostEpoch.of(9));
        assertThat(order.leader()).isEqualTo(LeaderEpoch.of(4));
        assertThat(order.generation()).isEqualTo(Generation.of(3));
        assertThat(order.goal()).isEqualTo(InstanceGoal.STOPPED);
        assertThat(order.host()).isEqualTo(HostId.of("h1"));
        assertThat(order.instance()).isEqualTo(ID);
    }

    @Test
    void fileNamesAreRelativeToTheSharedStorage() {
        GuestSpec spec = Orders.order(
                        instance(),
                        image("vmlinuz", "initrd", "quiet"),
                        GuestTerms.DEFAULT,
                        HostId.of("h1"),
                        HostEpoch.ZERO,
                        LeaderEpoch.ZERO)
                .spec();

        assertThat(spec)
                .isEqualTo(new GuestSpec(
                        "web",
                        2,
                        512,
                        "instances/" + ID + "/disk.qcow2",
                        "images/small.img",
                        "raw",
                        5,
                        "images/vmlinuz",
                        "images/initrd",
                        "quiet",
                        List.of(),
                        "instances/" + ID + "/memory.save"));
    }

    @Test
    void aGuestWithABootLoaderHasNoKernel() {
        GuestSpec spec = Orders.order(
                        instance(),
                        image(null, null, null),
                        GuestTerms.DEFAULT,
                        HostId.of("h1"),
                        HostEpoch.ZERO,
                        LeaderEpoch.ZERO)
                .spec();

        assertThat(spec.kernel()).isNull();
        assertThat(spec.ramdisk()).isNull();
        assertThat(spec.commandLine()).isNull();
    }

    @Test
    void eachRebuildHasADiskAndAMemoryOfItsOwnAndWhatBeginsAnewForgetsIts() {
        GuestSpec second = spec(instance(null, 2));
        assertThat(second.disk()).isEqualTo("instances/" + ID + "/disk-2.qcow2");
        assertThat(second.memory()).isEqualTo("instances/" + ID + "/memory-2.save");
        for (String task : List.of("rebooting", "rebooting_hard", "rebuilding")) {
            assertThat(spec(instance(task, 0)).memory()).isNull();
        }
        for (String task : List.of("suspending", "resuming", "evacuating", "spawning")) {
            assertThat(spec(instance(task, 0)).memory()).isNotNull();
        }
    }

    private static GuestSpec spec(Instance instance) {
        return Orders.order(
                        instance,
                        image(null, null, null),
                        GuestTerms.DEFAULT,
                        HostId.of("h1"),
                        HostEpoch.ZERO,
                        LeaderEpoch.ZERO)
                .spec();
    }

    private static Image image(@Nullable String kernel, @Nullable String ramdisk, @Nullable String commandLine) {
        return new Image(
                IMAGE, "small", "small.img", "raw", 1, kernel, ramdisk, commandLine, 0, 0, Map.of(), Instant.EPOCH);
    }

    private static Instance instance() {
        return instance(null, 0);
    }

    private static Instance instance(@Nullable String task, int disk) {
        return new Instance(
                ID,
                "web",
                ProjectId.of("p"),
                "u",
                FlavorId.of("f"),
                new Resources(2, 512, 5),
                IMAGE,
                null,
                InstanceGoal.STOPPED,
                ActualState.RUNNING,
                false,
                task,
                null,
                HostId.of("h1"),
                Generation.of(3),
                HostEpoch.of(1),
                RecoveryPolicy.NONE,
                "default",
                List.of(),
                Map.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                Particulars.NONE,
                List.of(),
                disk);
    }
}
