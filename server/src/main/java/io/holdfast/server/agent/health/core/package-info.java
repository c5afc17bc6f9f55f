/** The rules that make findings out of measures. Pure. */
@NullMarked
package io.holdfast.server.agent.health.core;

import org.jspecify.annotations.NullMarked;
