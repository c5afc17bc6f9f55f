package io.holdfast.compute;

import io.holdfast.model.Actor;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An owner's verbs. Each is durable when it returns; what has to happen on a host happens after.
 *
 * <p>Errors are {@link ComputeException}s with a kind that the API turns into Nova's faults.
 */
public interface Instances {

    /** So that a list of deleted instances stays one that can be answered. */
    Duration DELETED_SHOWN = Duration.ofDays(30);

    /**
     * Stores the instance, which then waits for a home; returns it as it was stored, which is without one. Homes are looked for at
     * once, for all that wait together. With no host that will do it is FAILED, with each host's reason as its fault; it
     * may be stopped or deleted before. LIMIT for what exceeds a quota, INVALID for a flavor or an image that is not there for
     * its project.
     */
    Instance create(NewInstance wanted, Actor by);

    /** All instances that are not DELETED, newest first; of one project when it is given. */
    List<Instance> list(@Nullable ProjectId project);

    /**
     * Instances that were deleted within the last {@link #DELETED_SHOWN} and changed last at {@code since} or later, in no
     * order; of one project when it is given. Nobody is promised to see them: who keeps none has none.
     */
    default List<Instance> deleted(@Nullable ProjectId project, Instant since) {
        return List.of();
    }

    Optional<Instance> find(InstanceId instance);

    /** How its guest is, as its home said last; {@link GuestState#NONE} when nothing was ever said, or nobody keeps that. */
    default GuestState guest(InstanceId instance) {
        return GuestState.NONE;
    }

    void delete(InstanceId instance, Actor by);

    void start(InstanceId instance, Actor by);

    void stop(InstanceId instance, Actor by);

    /** Tasks, by Nova's words: its guest is asked to shut down before it is started again, or it is not. */
    String REBOOTING = "rebooting";

    String REBOOTING_HARD = "rebooting_hard";

    /** A new home was found, and it is started there. */
    String SPAWNING = "spawning";

    /** Its owner has started it. */
    String POWERING_ON = "powering-on";

    /** It gets a new disk. */
    String REBUILDING = "rebuilding";

    /**
     * Ends its guest and starts it again on the same home. CONFLICT unless it runs and nothing else is done to it; when it is
     * ended at once it may as well be stopped, paused, suspended (its memory is forgotten) or FAILED.
     *
     * @param gently whether the guest is asked to shut down, for as long as in a stop; else it is ended at once
     */
    void reboot(InstanceId instance, boolean gently, Actor by);

    /**
     * Has it stand still, or go on. CONFLICT unless it is in the state that the verb is for, its home serves and nothing else is
     * done to it. Resumed when its home is proven isolated it gets another, and goes on there. A home that cannot do it has
     * it go on as it was, and the action fails.
     */
    void hold(InstanceId instance, Hold verb, Actor by);

    /**
     * Gives it a new disk, made of an image, on the same home; its id, addresses and group stay. It is started, or stays stopped
     * if it is. The old disk goes when the new one is made. CONFLICT unless it runs, is stopped or has FAILED, its home
     * serves and nothing else is done to it; INVALID for an image that it could not have been made of.
     */
    Instance rebuild(InstanceId instance, Rebuild wanted, Actor by);

    /**
     * Has it shown as an operator knows it to be, without doing anything to it: FAILED, or no longer FAILED. What its home
     * says next counts again. CONFLICT while something is done to it.
     */
    Instance resetState(InstanceId instance, boolean failed, Actor by);

    Instance rename(InstanceId instance, String name);

    /** Changes what is written about it, in one step as {@link #changeTags} does; who locks or unlocks it is kept as an action. */
    Instance changeParticulars(InstanceId instance, UnaryOperator<Particulars> how);

    /** In base 64 as it was given, of those that have any. */
    default Map<InstanceId, String> userData(Collection<InstanceId> instances) {
        return Map.of();
    }

    /** What was done to it, newest first, also after it was deleted; empty for one that never was. Nobody is promised it. */
    default List<InstanceAction> actions(InstanceId instance) {
        return List.of();
    }

    /**
     * Changes the tags in one step: no other change of the same instance falls between what {@code how} is given and
     * what it returns, so that of two tags added at the same time both stay.
     *
     * @param how from the tags that are there to those that shall be: at most 50, each 1 to 60 characters without comma
     *     and slash; called once or more, must not block nor change what it is given
     */
    Instance changeTags(InstanceId instance, UnaryOperator<List<String>> how);

    /**
     * Changes the metadata in one step, as {@link #changeTags} does with tags.
     *
     * @param how from what is there to what shall be: at most 128 keys; keys and values at most 255 characters.
     *     Words that begin with {@code holdfast:} are about recovery, and must be known ({@link RecoveryTerms}); who is
     *     depended on must exist in the project, and not wait for this instance
     */
    Instance changeMetadata(InstanceId instance, UnaryOperator<Map<String, String>> how);

    /** Replaces all tags. */
    default Instance setTags(InstanceId instance, List<String> tags) {
        return changeTags(instance, ignored -> tags);
    }

    /** Replaces all metadata. */
    default Instance setMetadata(InstanceId instance, Map<String, String> metadata) {
        return changeMetadata(instance, ignored -> metadata);
    }

    /** Called after every durable change, in order per instance. */
    void addListener(InstanceListener listener);

    /**
     * @param name the new one, or null for the one it has
     * @param metadata in place of all it has, or null
     * @param particulars from what is written about it to what shall be
     * @param userData the new one, in base64; null leaves it, and an empty one takes it away
     */
    record Rebuild(
            ImageId image,
            @Nullable String name,
            @Nullable Map<String, String> metadata,
            UnaryOperator<Particulars> particulars,
            @Nullable String userData) {}

    /**
     * @param zone only a host of this zone, or null
     * @param host only this host, or null
     * @param group the server group that it is made in, or null
     * @param userData in base 64, or null
     * @param networks what it shall be on
     * @param anyFlavor whether whoever asks may use every flavor, as an operator may; else only those that are everybody's, or its
     *     project's
     * @param hints what is asked for about where it runs; whoever it names is of the same project
     */
    record NewInstance(
            String name,
            ProjectId project,
            String user,
            FlavorId flavor,
            ImageId image,
            @Nullable String zone,
            @Nullable HostId host,
            List<String> tags,
            Map<String, String> metadata,
            @Nullable ServerGroupId group,
            Particulars particulars,
            @Nullable String userData,
            NetworkWish networks,
            boolean anyFlavor,
            PlacementHints hints) {

        /** Wherever there is room for it. */
        public NewInstance(
                String name,
                ProjectId project,
                String user,
                FlavorId flavor,
                ImageId image,
                @Nullable String zone,
                @Nullable HostId host,
                List<String> tags,
                Map<String, String> metadata,
                @Nullable ServerGroupId group,
                Particulars particulars,
                @Nullable String userData,
                NetworkWish networks,
                boolean anyFlavor) {
            this(
                    name,
                    project,
                    user,
                    flavor,
                    image,
                    zone,
                    host,
                    tags,
                    metadata,
                    group,
                    particulars,
                    userData,
                    networks,
                    anyFlavor,
                    PlacementHints.NONE);
        }

        /** Of any flavor. */
        public NewInstance(
                String name,
                ProjectId project,
                String user,
                FlavorId flavor,
                ImageId image,
                @Nullable String zone,
                @Nullable HostId host,
                List<String> tags,
                Map<String, String> metadata,
                @Nullable ServerGroupId group,
                Particulars particulars,
                @Nullable String userData,
                NetworkWish networks) {
            this(
                    name,
                    project,
                    user,
                    flavor,
                    image,
                    zone,
                    host,
                    tags,
                    metadata,
                    group,
                    particulars,
                    userData,
                    networks,
                    true);
        }

        /** On no network, and of which nothing more is written. */
        public NewInstance(
                String name,
                ProjectId project,
                String user,
                FlavorId flavor,
                ImageId image,
                @Nullable String zone,
                @Nullable HostId host,
                List<String> tags,
                Map<String, String> metadata,
                @Nullable ServerGroupId group) {
            this(
                    name,
                    project,
                    user,
                    flavor,
                    image,
                    zone,
                    host,
                    tags,
                    metadata,
                    group,
                    Particulars.NONE,
                    null,
                    new NetworkWish.None());
        }

        /** Without a server group. */
        public NewInstance(
                String name,
                ProjectId project,
                String user,
                FlavorId flavor,
                ImageId image,
                @Nullable String zone,
                @Nullable HostId host,
                List<String> tags,
                Map<String, String> metadata) {
            this(name, project, user, flavor, image, zone, host, tags, metadata, null);
        }
    }
}
