@echo off
rem it's a comment
REM another
:: and another
if not exist "%~dp0\x" ( set A=%B% & goto :end ) else echo "rem no
:end
