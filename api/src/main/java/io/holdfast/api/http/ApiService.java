package io.holdfast.api.http;

import io.vertx.core.http.HttpMethod;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One of the APIs that are served on the one port, as a service of OpenStack's catalog: a contract, who does its operations,
 * who may ask for them, and how its clients expect to be answered. Immutable.
 */
public interface ApiService {

    /** As the catalog calls it: {@code compute}, {@code identity}, {@code image}. */
    String type();

    /** What every path of its contract begins with, without a slash at the end; empty for the one that has all other paths. */
    String prefix();

    /** Its contract: OpenAPI 3.1 in YAML. The ids of its operations are its own, not unique over services. */
    String contract();

    /** Whether its paths have a second spelling with the project's id behind the version, as {@code /v2.1/{project_id}/servers}. */
    default @Nullable String versionWithProjects() {
        return null;
    }

    /** Who does what, by operation id of the contract; exactly those of the contract. */
    Map<String, Operation> operations();

    Policy policy();

    /** Whether it is answered without a token. */
    boolean isOpen(HttpMethod method, String path);

    /** The range of its microversions on this path; null where there are none. */
    @Nullable
    Microversions microversions(String path);

    /** Which of its operations have bodies too long for memory; null where none has. */
    default @Nullable Streaming streaming() {
        return null;
    }

    /** An error, as its clients read it. */
    FaultShape faults();
}
