package io.holdfast.compute.store;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.ImageEntry.Status;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.core.InstanceRules;
import io.holdfast.compute.core.VmState;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * A new disk for an instance, in its row, which is locked with its home.
 *
 * <p>The new disk has a name of its own, which the row says from here on, and every order after this one. So whoever
 * carries it out, this home or the next one if this one dies now, makes the same disk once, and nobody can start the
 * instance from the old one again. What is stopped stays so, and its disk is made by its next start.
 */
final class StoredRebuilds {

    private static final String VERB = "rebuild";

    private StoredRebuilds() {}

    static void rebuild(
            Session session,
            InstanceRow row,
            @Nullable HostRow home,
            Instances.Rebuild wanted,
            ComputeSettings.ConfigDrive drives,
            Instant now) {
        VmState state = VmState.of(row.goal, row.actual, row.task);
        boolean may = switch (state) {
            case ACTIVE, STOPPED, ERROR -> true;
            case BUILDING, PAUSED, SUSPENDED, DELETED -> false;
        };
        if (!may) {
            throw VmState.wrong(VERB, row.instanceId(), state);
        }
        if (row.task != null) {
            throw StoredInstances.busy(row, VERB);
        }
        ProjectId project = ProjectId.of(row.project);
        ImageRow image = usable(session, wanted.image(), project, now);
        requireFits(image, "Its flavor " + row.flavorId, row.memoryMib, row.diskGib);
        row.imageId = image.id;
        row.disk++;
        StoredTerms.rebuilt(session, row);
        write(session, row, wanted, project);
        row.configDrive = drives.isMade(
                row.configDrive,
                row.keyName != null,
                wanted.userData() != null && !wanted.userData().isEmpty());
        row.updatedAt = now;
        if (row.goal == InstanceGoal.STOPPED && state == VmState.STOPPED) {
            ActionLog.done(session, row, VERB, now);
            return;
        }
        HostRow serving = StoredHolds.requireServing(VERB, row, home);
        if (row.goal != InstanceGoal.RUNNING) {
            StoredHolds.requireGroup(session, VERB, row, serving);
        }
        StoredHolds.beginAnew(row, now);
        row.task = Instances.REBUILDING;
        row.launchedAt = null;
    }

    private static void write(Session session, InstanceRow row, Instances.Rebuild wanted, ProjectId project) {
        if (wanted.name() != null) {
            row.name = InstanceRules.name(wanted.name());
        }
        String keyBefore = row.keyName;
        row.write(InstanceRules.particulars(wanted.particulars().apply(row.particulars())));
        if (!Objects.equals(keyBefore, row.keyName)) {
            GuestReading.changeKey(session, row);
        }
        if (wanted.metadata() != null) {
            Map<String, String> valid = InstanceRules.metadata(wanted.metadata());
            row.metadata.keySet().retainAll(valid.keySet());
            row.metadata.putAll(valid);
            StoredQuotas.requireMetadataRoom(session, project, valid.size());
        }
        GuestReading.keepUserData(session, row, wanted.userData());
    }

    /** The image, locked against deletion until the instance that uses it is there to be seen. */
    static ImageRow usable(Session session, ImageId id, ProjectId project, Instant now) {
        ImageRow image = session.find(ImageRow.class, id.value(), LockModeType.PESSIMISTIC_READ);
        if (image == null || !image.toEntry(now).isUsableBy(project)) {
            throw new ComputeException(Kind.INVALID, "Image " + id + " could not be found.");
        }
        if (image.status != Status.ACTIVE) {
            throw new ComputeException(Kind.INVALID, "Image " + id + " is not active.");
        }
        return image;
    }

    /** @param flavor as the sentence begins */
    static void requireFits(ImageRow image, String flavor, int memoryMib, int diskGib) {
        if (memoryMib < image.minMemoryMib || diskGib < image.minDiskGib) {
            throw new ComputeException(
                    Kind.INVALID,
                    flavor + " is too small for image " + image.name + ", which needs " + image.minMemoryMib
                            + " MiB of memory and " + image.minDiskGib + " GiB of disk.");
        }
    }
}
