package io.holdfast.compute.core;

import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Instances;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import org.jspecify.annotations.Nullable;

/** Turns what the store knows of an instance into the order for its home. */
public final class Orders {

    /** Where images lie, relative to the shared storage. */
    public static final String IMAGES = "images";

    /** Where instances' own disks lie, relative to the shared storage. */
    public static final String INSTANCES = "instances";

    private Orders() {}

    /** An instance's own disk, relative to the shared storage. */
    public static String disk(InstanceId instance) {
        return INSTANCES + "/" + instance + "/disk.qcow2";
    }

    public static InstanceOrder order(
            Instance instance, Image image, HostId home, HostEpoch homeEpoch, LeaderEpoch leader) {
        GuestSpec spec = new GuestSpec(
                instance.name(),
                instance.resources().vcpus(),
                instance.resources().memoryMib(),
                disk(instance.id()),
                IMAGES + "/" + image.file(),
                image.format(),
                instance.resources().diskGib(),
                inImages(image.kernelFile()),
                inImages(image.ramdiskFile()),
                image.commandLine(),
                instance.nics());
        return new InstanceOrder(
                home,
                homeEpoch,
                leader,
                instance.id(),
                instance.generation(),
                instance.goal(),
                spec,
                Instances.REBOOTING.equals(instance.task()));
    }

    private static @Nullable String inImages(@Nullable String file) {
        return file == null ? null : IMAGES + "/" + file;
    }
}
