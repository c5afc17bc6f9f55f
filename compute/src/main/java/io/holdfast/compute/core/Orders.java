package io.holdfast.compute.core;

import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.GuestTerms;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Instances;
import io.holdfast.model.CellClaim;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import org.jspecify.annotations.Nullable;

/** Turns what the store knows of an instance into the order for its home. */
public final class Orders {

    /** Where images lie, relative to the shared storage. */
    public static final String IMAGES = "images";

    /** Where instances' own disks lie, relative to the shared storage. */
    public static final String INSTANCES = "instances";

    private Orders() {}

    /** An instance's own disk, relative to the shared storage. Each rebuild has one of its own: no disk is ever replaced. */
    public static String disk(Instance instance) {
        return file(instance, "disk", "qcow2");
    }

    /** Where its memory is kept while it is suspended. It belongs to one disk: with another it would be another's memory. */
    public static String memory(Instance instance) {
        return file(instance, "memory", "save");
    }

    /** Its config drive. It belongs to one disk: what is begun with a new disk reads it anew. */
    public static String configDrive(Instance instance) {
        return file(instance, "config", "iso");
    }

    private static String file(Instance instance, String what, String ending) {
        String number = instance.disk() == 0 ? "" : "-" + instance.disk();
        return INSTANCES + "/" + instance.id() + "/" + what + number + "." + ending;
    }

    /** Whether what is done to it begins anew, whatever its memory was. */
    private static boolean forgets(@Nullable String task) {
        return Instances.REBOOTING.equals(task)
                || Instances.REBOOTING_HARD.equals(task)
                || Instances.REBUILDING.equals(task);
    }

    /** Of one that floats over its home's processors. */
    public static InstanceOrder order(
            Instance instance, Image image, GuestTerms terms, HostId home, HostEpoch homeEpoch, LeaderEpoch leader) {
        return order(instance, image, terms, CellClaim.NONE, home, homeEpoch, leader);
    }

    /** @param cells what it has of its home's cells */
    public static InstanceOrder order(
            Instance instance,
            Image image,
            GuestTerms terms,
            CellClaim cells,
            HostId home,
            HostEpoch homeEpoch,
            LeaderEpoch leader) {
        GuestSpec spec = new GuestSpec(
                instance.name(),
                instance.resources().vcpus(),
                instance.resources().memoryMib(),
                disk(instance),
                IMAGES + "/" + image.file(),
                image.format(),
                instance.resources().diskGib(),
                inImages(image.kernelFile()),
                inImages(image.ramdiskFile()),
                image.commandLine(),
                instance.nics(),
                forgets(instance.task()) ? null : memory(instance),
                terms,
                instance.particulars().configDrive() ? configDrive(instance) : null,
                cells);
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
