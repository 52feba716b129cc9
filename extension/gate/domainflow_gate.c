/*
 * Stops before each PL/pgSQL statement until a controller on a Unix socket lets the session continue.
 *
 * With it the race lab decides the order in which several sessions execute the statements of their functions. It sets
 * domainflow_gate.socket in each session; without that setting the module does nothing. A session writes one line per statement,
 *
 *     function signature <tab> line <tab> kind of statement <newline>
 *
 * and waits for one byte. The controller identifies the session by the process id of the socket's peer (SO_PEERCRED).
 *
 * Unless domainflow_gate.all is on, the module skips statements that reach nothing outside the function (assignments, conditions and
 * RETURNs without a call or a subquery): no other session can observe their order.
 */
#include "postgres.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "plpgsql.h"
#include "storage/ipc.h"
#include "storage/pmsignal.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

static char *gate_socket = NULL;
static bool gate_all = false;
static int	gate_fd = -1;

/* The hook of a plugin that was loaded before: it still sees every statement. */
static void (*next_stmt_beg) (PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt) = NULL;

static PLpgSQL_plugin gate_plugin;

static void
hang_up(void)
{
	if (gate_fd >= 0)
		close(gate_fd);
	gate_fd = -1;
}

static bool
check_socket(char **value, void **extra, GucSource source)
{
	if (*value && strlen(*value) >= sizeof(((struct sockaddr_un *) 0)->sun_path))
	{
		GUC_check_errdetail("A socket path must be shorter than %zu bytes.", sizeof(((struct sockaddr_un *) 0)->sun_path));
		return false;
	}
	return true;
}

/* A new value means another controller, or none. */
static void
assign_socket(const char *value, void *extra)
{
	hang_up();
}

static void
call_controller(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strlcpy(address.sun_path, gate_socket, sizeof(address.sun_path));
	gate_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (gate_fd < 0 || connect(gate_fd, (struct sockaddr *) &address, sizeof(address)) < 0)
	{
		int			reason = errno;

		hang_up();
		errno = reason;
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("the controller at \"%s\" does not answer: %m", gate_socket)));
	}
}

/* Waits for one byte. Reacts to a cancel, a termination or the end of the server in the meantime. */
static void
wait_for_controller(void)
{
	char		answer;

	for (;;)
	{
		struct pollfd readable = {.fd = gate_fd, .events = POLLIN};
		int			ready = poll(&readable, 1, 100);

		CHECK_FOR_INTERRUPTS();
		if (ready == 0 && !PostmasterIsAlive())
			proc_exit(1);
		if (ready <= 0)
			continue;
		if (recv(gate_fd, &answer, 1, 0) == 1)
			return;
		hang_up();
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("the controller at \"%s\" is gone", gate_socket)));
	}
}

/* An expression without parentheses contains neither a call nor a subquery. */
static bool
is_local(const PLpgSQL_expr *expr)
{
	return expr == NULL || strchr(expr->query, '(') == NULL;
}

static bool
are_local(List *expressions)
{
	ListCell   *cell;

	foreach(cell, expressions)
	{
		if (!is_local((PLpgSQL_expr *) lfirst(cell)))
			return false;
	}
	return true;
}

static bool
stays_inside(const PLpgSQL_stmt *stmt)
{
	switch (stmt->cmd_type)
	{
		case PLPGSQL_STMT_BLOCK:
		case PLPGSQL_STMT_LOOP:
		case PLPGSQL_STMT_EXIT:
		case PLPGSQL_STMT_GETDIAG:
			return true;
		case PLPGSQL_STMT_RAISE:
			return are_local(((const PLpgSQL_stmt_raise *) stmt)->params) && ((const PLpgSQL_stmt_raise *) stmt)->options == NIL;
		case PLPGSQL_STMT_RETURN_NEXT:
			return is_local(((const PLpgSQL_stmt_return_next *) stmt)->expr);
		case PLPGSQL_STMT_ASSIGN:
			return is_local(((const PLpgSQL_stmt_assign *) stmt)->expr);
		case PLPGSQL_STMT_RETURN:
			return is_local(((const PLpgSQL_stmt_return *) stmt)->expr);
		case PLPGSQL_STMT_WHILE:
			return is_local(((const PLpgSQL_stmt_while *) stmt)->cond);
		case PLPGSQL_STMT_FORI:
			return is_local(((const PLpgSQL_stmt_fori *) stmt)->lower) && is_local(((const PLpgSQL_stmt_fori *) stmt)->upper);
		case PLPGSQL_STMT_FOREACH_A:
			return is_local(((const PLpgSQL_stmt_foreach_a *) stmt)->expr);
		case PLPGSQL_STMT_IF:
			{
				const PLpgSQL_stmt_if *condition = (const PLpgSQL_stmt_if *) stmt;
				ListCell   *cell;

				foreach(cell, condition->elsif_list)
				{
					if (!is_local(((PLpgSQL_if_elsif *) lfirst(cell))->cond))
						return false;
				}
				return is_local(condition->cond);
			}
		default:
			return false;
	}
}

static const char *
kind(const PLpgSQL_stmt *stmt)
{
	switch (stmt->cmd_type)
	{
		case PLPGSQL_STMT_ASSIGN:
			return "assignment";
		case PLPGSQL_STMT_IF:
			return "IF";
		case PLPGSQL_STMT_CASE:
			return "CASE";
		case PLPGSQL_STMT_RETURN:
			return "RETURN";
		case PLPGSQL_STMT_RETURN_QUERY:
			return "RETURN QUERY";
		case PLPGSQL_STMT_EXECSQL:
			return "SQL";
		case PLPGSQL_STMT_DYNEXECUTE:
			return "EXECUTE";
		case PLPGSQL_STMT_PERFORM:
			return "PERFORM";
		case PLPGSQL_STMT_FORS:
		case PLPGSQL_STMT_FORC:
		case PLPGSQL_STMT_DYNFORS:
			return "FOR over rows";
		case PLPGSQL_STMT_CALL:
			return "CALL";
		case PLPGSQL_STMT_COMMIT:
			return "COMMIT";
		case PLPGSQL_STMT_ROLLBACK:
			return "ROLLBACK";
		default:
			return "statement";
	}
}

static void
stmt_beg(PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt)
{
	char		line[1024];
	int			length;

	if (next_stmt_beg)
		next_stmt_beg(estate, stmt);
	if (gate_socket == NULL || gate_socket[0] == '\0' || stmt->cmd_type == PLPGSQL_STMT_BLOCK)
		return;
	if (!gate_all && stays_inside(stmt))
		return;
	if (gate_fd < 0)
		call_controller();
	length = snprintf(line, sizeof(line), "%.900s\t%d\t%s\n", estate->func->fn_signature, stmt->lineno, kind(stmt));
	if (send(gate_fd, line, length, MSG_NOSIGNAL) != length)
	{
		hang_up();
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("the controller at \"%s\" is gone", gate_socket)));
	}
	wait_for_controller();
}

void
_PG_init(void)
{
	PLpgSQL_plugin **plugin = (PLpgSQL_plugin **) find_rendezvous_variable("PLpgSQL_plugin");

	DefineCustomStringVariable("domainflow_gate.socket",
							   "The Unix socket of the controller that is asked before each PL/pgSQL statement.",
							   NULL, &gate_socket, "", PGC_SUSET, 0, check_socket, assign_socket, NULL);
	DefineCustomBoolVariable("domainflow_gate.all",
							 "Also asks before statements that reach nothing outside their function.",
							 NULL, &gate_all, false, PGC_SUSET, 0, NULL, NULL, NULL);
	if (*plugin)
	{
		gate_plugin = **plugin;
		next_stmt_beg = (*plugin)->stmt_beg;
	}
	gate_plugin.stmt_beg = stmt_beg;
	*plugin = &gate_plugin;
}
