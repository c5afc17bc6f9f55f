package io.holdfast.compute;

import io.holdfast.model.ProjectId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much each project may have. Enforced where things are made, in the transaction that makes them. Each verb is durable
 * when it returns.
 */
public interface Quotas {

    int UNLIMITED = -1;

    /**
     * What is counted, by Nova's words.
     *
     * <p>How many instances a cloud holds is a matter of its hosts, so what belongs to these is without limit until an
     * operator says otherwise; metadata and key pairs have Nova's defaults.
     */
    enum Resource {
        INSTANCES("instances", UNLIMITED),
        CORES("cores", UNLIMITED),
        RAM("ram", UNLIMITED),
        METADATA_ITEMS("metadata_items", 128),
        KEY_PAIRS("key_pairs", 100),
        SERVER_GROUPS("server_groups", UNLIMITED),
        SERVER_GROUP_MEMBERS("server_group_members", UNLIMITED);

        private final String word;
        private final int otherwise;

        Resource(String word, int otherwise) {
            this.word = word;
            this.otherwise = otherwise;
        }

        public String word() {
            return word;
        }

        /** The limit while nobody has set one. */
        public int otherwise() {
            return otherwise;
        }
    }

    /** The limits of a project; of all without one of their own if it is null. Every resource is in it. */
    Map<Resource, Integer> limits(@Nullable ProjectId project);

    /** What a project has of instances, cores, ram and server groups. */
    Map<Resource, Integer> used(ProjectId project);

    /** @param project null for the defaults */
    void set(@Nullable ProjectId project, Map<Resource, Integer> limits);

    /** Back to the defaults. */
    void reset(ProjectId project);
}
