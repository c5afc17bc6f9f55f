package io.holdfast.compute;

import io.holdfast.model.CellClaim;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a driver needs to run an instance. File names are relative to the shared storage, whose place each agent
 * knows from its own settings.
 *
 * @param disk the instance's own qcow2 file, made over {@code image} when it does not exist yet; never remade
 * @param imageFormat {@code raw} or {@code qcow2}
 * @param nics its network cards, the first one first
 * @param memory where its memory is kept while it is suspended: what lies there is gone on with by the next start. Null
 *     for one that is to begin anew whatever lies there
 * @param terms what is done when it fails while its host is well
 * @param configDrive the file with what the guest reads of itself, or null for a guest without
 * @param cells what it has of its host's cells
 * @param kernel for a guest booted without a boot loader, or null
 */
public record GuestSpec(
        String name,
        int vcpus,
        int memoryMib,
        String disk,
        String image,
        String imageFormat,
        int diskGib,
        @Nullable String kernel,
        @Nullable String ramdisk,
        @Nullable String commandLine,
        List<Nic> nics,
        @Nullable String memory,
        GuestTerms terms,
        @Nullable String configDrive,
        CellClaim cells) {

    public GuestSpec {
        terms = terms == null ? GuestTerms.DEFAULT : terms;
        // A journal of an earlier release has none.
        nics = nics == null ? List.of() : List.copyOf(nics);
        cells = cells == null ? CellClaim.NONE : cells;
    }

    /** One that floats over its host's processors. */
    public GuestSpec(
            String name,
            int vcpus,
            int memoryMib,
            String disk,
            String image,
            String imageFormat,
            int diskGib,
            @Nullable String kernel,
            @Nullable String ramdisk,
            @Nullable String commandLine,
            List<Nic> nics,
            @Nullable String memory,
            GuestTerms terms,
            @Nullable String configDrive) {
        this(
                name,
                vcpus,
                memoryMib,
                disk,
                image,
                imageFormat,
                diskGib,
                kernel,
                ramdisk,
                commandLine,
                nics,
                memory,
                terms,
                configDrive,
                CellClaim.NONE);
    }

    /** One of which nobody says what is done when it fails. */
    public GuestSpec(
            String name,
            int vcpus,
            int memoryMib,
            String disk,
            String image,
            String imageFormat,
            int diskGib,
            @Nullable String kernel,
            @Nullable String ramdisk,
            @Nullable String commandLine,
            List<Nic> nics,
            @Nullable String memory) {
        this(
                name,
                vcpus,
                memoryMib,
                disk,
                image,
                imageFormat,
                diskGib,
                kernel,
                ramdisk,
                commandLine,
                nics,
                memory,
                GuestTerms.DEFAULT,
                null);
    }

    /** One of which no memory is kept. */
    public GuestSpec(
            String name,
            int vcpus,
            int memoryMib,
            String disk,
            String image,
            String imageFormat,
            int diskGib,
            @Nullable String kernel,
            @Nullable String ramdisk,
            @Nullable String commandLine,
            List<Nic> nics) {
        this(name, vcpus, memoryMib, disk, image, imageFormat, diskGib, kernel, ramdisk, commandLine, nics, null);
    }

    /** The same guest, which begins anew whatever memory is kept of it. */
    public GuestSpec withoutMemory() {
        return new GuestSpec(
                name,
                vcpus,
                memoryMib,
                disk,
                image,
                imageFormat,
                diskGib,
                kernel,
                ramdisk,
                commandLine,
                nics,
                null,
                terms,
                configDrive,
                cells);
    }

    /** Without network cards. */
    public GuestSpec(
            String name,
            int vcpus,
            int memoryMib,
            String disk,
            String image,
            String imageFormat,
            int diskGib,
            @Nullable String kernel,
            @Nullable String ramdisk,
            @Nullable String commandLine) {
        this(name, vcpus, memoryMib, disk, image, imageFormat, diskGib, kernel, ramdisk, commandLine, List.of());
    }
}
