package io.holdfast.api.http;

import io.vertx.core.http.HttpMethod;
import java.util.Map;
import java.util.Optional;
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

    /** Whether its operations are done in a project, so that a token without one is refused (403). */
    default boolean needsProject() {
        return true;
    }

    /**
     * Whether what changes something is done by the controller that leads. Not for a service that must answer while nobody leads
     * and whose changes need no order but the database's.
     */
    default boolean needsLeader() {
        return true;
    }

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

    /**
     * What is answered to a caller with a token for a path, or a method of one, that the contract has not, where that is
     * not simply "not there": gone for good, or known to the service's clients and not done here.
     */
    default Optional<ApiFault> absent(HttpMethod method, String path, Microversion version) {
        return Optional.empty();
    }
}
