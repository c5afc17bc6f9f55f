package io.holdfast.compute;

import io.holdfast.model.Actor;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An owner's verbs. Each is durable when it returns; what has to happen on a host happens after.
 *
 * <p>Errors are {@link ComputeException}s with a kind that the API turns into Nova's faults.
 */
public interface Instances {

    /** Stores the instance and looks for a home at once. With no host that will do it is FAILED, with each host's reason. */
    Instance create(NewInstance wanted, Actor by);

    /** All instances that are not DELETED, newest first; of one project when it is given. */
    List<Instance> list(@Nullable ProjectId project);

    Optional<Instance> find(InstanceId instance);

    void delete(InstanceId instance, Actor by);

    void start(InstanceId instance, Actor by);

    void stop(InstanceId instance, Actor by);

    Instance rename(InstanceId instance, String name);

    /** Replaces all tags: at most 50, each 1 to 60 characters without comma and slash. */
    Instance setTags(InstanceId instance, List<String> tags);

    /**
     * Replaces all metadata: at most 128 keys; keys and values at most 255 characters. Words that begin with
     * {@code holdfast:} are about recovery, and must be known ({@link RecoveryTerms}); who is depended on must exist in
     * the project, and not wait for this instance.
     */
    Instance setMetadata(InstanceId instance, Map<String, String> metadata);

    /** Called after every durable change, in order per instance. */
    void addListener(InstanceListener listener);

    /**
     * @param zone only a host of this zone, or null
     * @param host only this host, or null
     * @param group the server group that it is made in, or null
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
            @Nullable ServerGroupId group) {

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
