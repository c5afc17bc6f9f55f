package io.holdfast.network;

import io.holdfast.model.ProjectId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Security groups. Each verb is one transaction; what it refuses it refuses with a {@link NetworkException}. Each project has
 * a group {@code default} as soon as anybody looks for it.
 */
public interface SecurityGroups {

    /** By time of creation; of one project, which has its default group then, or of all. */
    List<SecurityGroup> groups(@Nullable ProjectId project);

    Optional<SecurityGroup> group(UUID id);

    /** With the two rules that let everything out. */
    SecurityGroup create(ProjectId project, String name, String description);

    /** What is null stays as it is; the default group keeps its name. */
    SecurityGroup change(UUID group, @Nullable String name, @Nullable String description);

    void deleteGroup(UUID group);

    /** A rule by its id. */
    Optional<SecurityGroup.Rule> rule(UUID id);

    SecurityGroup.Rule create(NewRule wanted);

    void deleteRule(UUID rule);

    /** As {@link SecurityGroup.Rule} has them. */
    record NewRule(
            UUID group,
            String description,
            String direction,
            String ethertype,
            @Nullable String protocol,
            @Nullable Integer portMin,
            @Nullable Integer portMax,
            @Nullable String remotePrefix,
            @Nullable UUID remoteGroup) {}
}
