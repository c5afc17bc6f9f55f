package io.holdfast.compute;

import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An instance as the store holds it at one moment.
 *
 * @param user who made it
 * @param resources the flavor's amounts as they were when the instance was made
 * @param zone the zone it was asked for, or null for any
 * @param cameUp whether its guest has said that it is healthy since it was started; true of nothing but RUNNING
 * @param task what is being done to it now ({@code scheduling}, {@code spawning}, {@code evacuating},
 *     {@code withdrawn}, {@code powering-on}, {@code powering-off}, {@code rebooting}, {@code rebooting_hard}, {@code pausing}, {@code unpausing},
 *     {@code suspending}, {@code resuming}, {@code rebuilding}, {@code deleting}), or null
 * @param fault why it is FAILED or could not be placed, or null
 * @param home the host that may run it, or null when none was found yet
 * @param generation which home this is
 * @param epoch the home's epoch when it became the home
 * @param policy what its owner wants when the home fails, resolved from tag, flavor, image and default
 * @param policySource where that came from: {@code tag}, {@code metadata}, {@code flavor}, {@code image} or
 *     {@code default}
 * @param nics its network cards, the first one first
 * @param disk which disk it has: 0 for the one that it was made with, and one more with each rebuild
 */
public record Instance(
        InstanceId id,
        String name,
        ProjectId project,
        String user,
        FlavorId flavor,
        Resources resources,
        ImageId image,
        @Nullable String zone,
        InstanceGoal goal,
        ActualState actual,
        boolean cameUp,
        @Nullable String task,
        @Nullable String fault,
        @Nullable HostId home,
        Generation generation,
        HostEpoch epoch,
        RecoveryPolicy policy,
        String policySource,
        List<String> tags,
        Map<String, String> metadata,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant launchedAt,
        Particulars particulars,
        List<Nic> nics,
        int disk) {

    public Instance {
        tags = List.copyOf(tags);
        metadata = Map.copyOf(metadata);
        nics = List.copyOf(nics);
    }

    /** The name that its guest shall have: the one that was said, or one made of its own. */
    public String hostname() {
        String said = particulars.hostname();
        if (said != null) {
            return said;
        }
        String cleaned =
                name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
        return cleaned.isEmpty() ? "server" : cleaned.substring(0, Math.min(63, cleaned.length()));
    }

    /** With the disk that it was made with. */
    public Instance(
            InstanceId id,
            String name,
            ProjectId project,
            String user,
            FlavorId flavor,
            Resources resources,
            ImageId image,
            @Nullable String zone,
            InstanceGoal goal,
            ActualState actual,
            boolean cameUp,
            @Nullable String task,
            @Nullable String fault,
            @Nullable HostId home,
            Generation generation,
            HostEpoch epoch,
            RecoveryPolicy policy,
            String policySource,
            List<String> tags,
            Map<String, String> metadata,
            Instant createdAt,
            Instant updatedAt,
            @Nullable Instant launchedAt,
            Particulars particulars,
            List<Nic> nics) {
        this(
                id,
                name,
                project,
                user,
                flavor,
                resources,
                image,
                zone,
                goal,
                actual,
                cameUp,
                task,
                fault,
                home,
                generation,
                epoch,
                policy,
                policySource,
                tags,
                metadata,
                createdAt,
                updatedAt,
                launchedAt,
                particulars,
                nics,
                0);
    }

    /** On no network, and of which nobody wrote anything more. */
    public Instance(
            InstanceId id,
            String name,
            ProjectId project,
            String user,
            FlavorId flavor,
            Resources resources,
            ImageId image,
            @Nullable String zone,
            InstanceGoal goal,
            ActualState actual,
            boolean cameUp,
            @Nullable String task,
            @Nullable String fault,
            @Nullable HostId home,
            Generation generation,
            HostEpoch epoch,
            RecoveryPolicy policy,
            String policySource,
            List<String> tags,
            Map<String, String> metadata,
            Instant createdAt,
            Instant updatedAt,
            @Nullable Instant launchedAt) {
        this(
                id,
                name,
                project,
                user,
                flavor,
                resources,
                image,
                zone,
                goal,
                actual,
                cameUp,
                task,
                fault,
                home,
                generation,
                epoch,
                policy,
                policySource,
                tags,
                metadata,
                createdAt,
                updatedAt,
                launchedAt,
                Particulars.NONE,
                List.of());
    }
}
