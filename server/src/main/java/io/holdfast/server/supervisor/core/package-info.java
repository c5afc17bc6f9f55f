/** What a supervisor decides, as a function of what it sees: no clock, process or file. */
@NullMarked
package io.holdfast.server.supervisor.core;

import org.jspecify.annotations.NullMarked;
